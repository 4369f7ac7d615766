-- Adviser assignments by file: given, replaced, kept where a person decided, taken back.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

create function pg_temp.bring(rows jsonb, past_brake text default null) returns jsonb language plpgsql as $$
begin
  perform api.import_feed('north', '["student_id", "adviser_email", "until"]',
    (select string_agg(concat(n, e'\t', r ->> 'student_id', e'\t', r ->> 'adviser_email', e'\t', r ->> 'until', e'\n'), '') from jsonb_array_elements(rows) with ordinality x(r, n)));
  return api.import_file('north', 'advisers', 'advisers.csv', '{}', past_brake, 10);
end
$$;
create function pg_temp.advised(id text) returns text language sql as $$
  select string_agg(concat_ws(' ', a.email, core.last_day(g.valid_until, 'America/New_York'), case when g.granted_by is null then 'file' else 'person' end), ', '
                    order by g.ground_id)
    from core.ground g
    join core.student s using (school_id, student_id)
    join core.staff a using (school_id, staff_id)
   where g.school_id = (select c.school_id from core.school c where c.code = 'north') and s.external_id = id and g.kind = 'adviser' and g.ended_at is null
$$;
select email as one from core.staff where school_id = :north and 'adviser' = any (roles) and status <> 'disabled' order by staff_id limit 1 \gset
select email as other from core.staff where school_id = :north and roles && '{dean}' and status <> 'disabled' order by staff_id limit 1 \gset
update core.ground set ended_at = core.now() where school_id = :north and kind = 'adviser' and ended_at is null;

select pg_temp.bring(jsonb_build_array(jsonb_build_object('student_id', '1001', 'adviser_email', upper(:'one'), 'until', '2027-06-30'),
         jsonb_build_object('student_id', '1002', 'adviser_email', 'nobody@north.example'),
         jsonb_build_object('student_id', '4711', 'adviser_email', :'one'),
         jsonb_build_object('student_id', '1003', 'adviser_email', :'one', 'until', '2001-01-01'))) as first \gset
select is(:'first'::jsonb -> 'counts' ->> 'new', '1', 'who is known is assigned');
select is((select string_agg(concat_ws(' ', f ->> 'line', f ->> 'field', f ->> 'reason'), '; ' order by n)
             from jsonb_array_elements(:'first'::jsonb -> 'findings') with ordinality x(f, n)),
          '2 adviser_email is nobody of the office who may see students; 3 student_id is nobody on the roster; 4 until is over',
          'the others are said, each with its line');
select is(pg_temp.advised('1001'), :'one' || ' 2027-06-30 file', 'until the day that is said');
select is((pg_temp.bring(jsonb_build_array(jsonb_build_object('student_id', '1001', 'adviser_email', :'one', 'until', '2027-06-30'))) -> 'counts') - 'import_id',
          '{"new": 0, "changed": 0, "unchanged": 1}', 'the same again changes nothing');
select pg_temp.bring(jsonb_build_array(jsonb_build_object('student_id', '1001', 'adviser_email', :'other'))) as second \gset
select is(pg_temp.advised('1001'), :'other' || ' file', 'another file ends the one before');
select is((:'second'::jsonb #> '{rows,0}') ->> 'summary', format('adviser_email: %s > %s; until: 2027-06-30 > (empty)', :'one', :'other'), 'and says it field by field');
select is(api.import_take_back('north', (:'second'::jsonb #>> '{counts,import_id}')::int8) #> '{undone,restored}', '1', 'taken back');
select is(pg_temp.advised('1001'), :'one' || ' 2027-06-30 file', 'the one before is in force again');

-- a person's decision
insert into core.ground (school_id, staff_id, student_id, kind, valid_from, granted_by, granted_at)
select :north, a.staff_id, pg_temp.student('ben'), 'adviser', core.now(), a.staff_id, core.now() from core.staff a where a.school_id = :north and a.email = :'other';
select pg_temp.bring(jsonb_build_array(jsonb_build_object('student_id', '1002', 'adviser_email', :'one'))) as kept \gset
select is(:'kept'::jsonb -> 'counts' @> '{"new": 0, "changed": 0, "kept": 1}', true, 'what a person decided is kept, and counted');
select is((:'kept'::jsonb #> '{rows,0}') ->> 'change', 'kept', 'and shown in the diff');
select is(pg_temp.advised('1002'), :'other' || ' person', 'and stays');
select pg_temp.bring(jsonb_build_array(jsonb_build_object('student_id', '1003', 'adviser_email', :'one'))) as third \gset
insert into core.ground (school_id, staff_id, student_id, kind, valid_from, granted_by, granted_at)
select :north, a.staff_id, s.student_id, 'adviser', core.now(), a.staff_id, core.now() from core.staff a, core.student s
 where a.school_id = :north and a.email = :'other' and s.school_id = :north and s.external_id = '1003';
select is(api.import_take_back('north', (:'third'::jsonb #>> '{counts,import_id}')::int8) -> 'undone' @> '{"restored": 0, "kept": 1}', true,
          'nor does undo touch a student for whom a person decided since');
select is((select count(*) from audit.event where school_id = :north and action = 'advisers_import'), 5::bigint, 'each import is on the trail');
select * from finish();
rollback;
