-- Who sees figures and no records cannot find a small class out by asking for all classes and for all but that one.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
update core.student set status = 'inactive' where school_id = :north;
insert into core.student (school_id, external_id, given_name, family_name, email, class_year, track, status)
select :north, 'q' || i, 'G' || i, 'F' || i, '', case when i <= 2 then 2031 when i <= 30 then 2032 else 2033 end, core.track_number(case i when 60 then 'us_do' else 'us_md' end),
       'active' from generate_series(1, 60) i;
create function pg_temp.n(tag text, more jsonb) returns int language sql as $$
  select ((api.cohort(pg_temp.as_(tag), more)).body::jsonb ->> 'n')::int
$$;
select is(pg_temp.n('auditor', '{"class_year": "2032,2033"}'), 57, 'of two large classes, without the one who is alone on their track');
select is(pg_temp.n('auditor', '{"class_year": "2031,2032,2033"}'), 57, 'with a small class beside them no more');
select is(pg_temp.n('auditor', '{}'), 57, 'nor of the whole school');
select is(pg_temp.n('auditor', '{"class_year": "2033"}'), 29, 'nor of one class');
select is(pg_temp.n('auditor', '{"track": "us_md"}'), 57, 'nor of one track');
select is(pg_temp.n('auditor', '{"class_year": "2031"}'), null, 'the small one is hidden by itself');
select is(pg_temp.n('dean', '{}'), 60, 'who sees the records sees all of the figures');
select * from finish();
rollback;
