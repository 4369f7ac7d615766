-- What the courses of classes rest on (core.class_courses), as a few numbers that change with any of it: what the course means (to
-- be raised by whoever changes that), the weeks asked for, how many nights there are (none is ever taken back or changed), how many
-- students, and a hash of their days. class_year 0: none is known. Only classes that have somebody.
create or replace function core.course_marks(p_school int4, p_by text, p_years int2[], p_track int2, p_from int4, p_to int4)
  returns table (class_year int2, mark int8[])
  language sql stable as $$
  select coalesce(a.class_year, 0::int2),
         array[1, p_from, p_to, (select count(*) from ops.night n where n.school_id = p_school), count(*),
               bit_xor(hash_record_extended(row(a.student_id, a.exam_on, a.day), 0))]
    from core.course_anchors(p_school, p_by, p_years, p_track) a
   group by coalesce(a.class_year, 0::int2)
$$;
