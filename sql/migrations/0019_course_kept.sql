-- How classes stood week by week (GET /cohort/classes), kept: it reads an estimate for each student and week of the year behind,
-- and changes when a night is added or somebody's exam moves.
--
-- What is kept is a class's whole course, not a figure for each night: quartiles of several nights cannot be added up, a student
-- whose exam moved has other weeks than those in which the nights spoke, and of two nights in one of a student's weeks only the
-- later counts. So each row has with it what it was made from (core.course_marks: the nights, and of each student the days that
-- the weeks are counted from) and counts only while that is still so; a class for which it is not is computed (core.courses_known),
-- as all are until the first night after this migration. Written at night, and a class at a time between nights
-- (core.courses_keep).
create table core.course_kept (
  school_id int4 not null,
  counted text not null check (counted in ('exam', 'dedicated')), -- the weeks count from this day
  track int2 not null check (track between -1 and 2),             -- -1: all tracks together
  class_year int2 not null,                                       -- 0: none is known
  mark int8[] not null,
  weeks int4[] not null, -- and for each of them:
  n int8[] not null,
  at_risk int8[] not null,
  q1 float8[] not null,
  median float8[] not null,
  q3 float8[] not null,
  primary key (school_id, counted, track, class_year)
);
call core.protect('core.course_kept');
