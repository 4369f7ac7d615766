-- The roster: all or nothing, missing is never gone, an absent column leaves what is stored.
begin;
\ir fixture.sql
select * from no_plan();
create function pg_temp.import(rows jsonb) returns jsonb language sql as $$
  select api.roster_import('north', 'students.csv', rows) - 'import_id' $$;
create function pg_temp.student_row(id text) returns core.student language sql as $$
  select s from core.student s join core.school c using (school_id) where c.code = 'north' and s.external_id = id
$$;
select is(pg_temp.import('[{"student_id": "1001", "given_name": "Ada", "family_name": "Alt", "email": "ada@north.example",
       "class_year": 2028, "track": "us_md"}]'),
          '{"new": 0, "changed": 0, "unchanged": 1, "reactivated": 0}', 'the same again changes nothing');
select is(pg_temp.import('[{"student_id": "1004"}, {"student_id": "1001", "email": "new@north.example"}]'),
       '{"new": 1, "changed": 1, "unchanged": 0, "reactivated": 0}', 'new and changed');
select is((pg_temp.student_row('1001')).given_name, 'Ada', 'a column that is not there leaves what is stored');
select is((pg_temp.student_row('1001')).email, 'new@north.example', 'one that is there changes it');
select is(pg_temp.import('[{"student_id": "1001", "email": "", "class_year": ""}]') ->> 'changed', '1', 'an empty cell');
select ok((pg_temp.student_row('1001')).email = '' and (pg_temp.student_row('1001')).class_year is null, 'clears it');
select is((select count(*) from core.student where school_id = :north), 4::bigint, 'who is not in a file stays');
select is((pg_temp.student_row('1002')).status, 'active', 'as what they were');
select is((pg_temp.student_row('1004')).status, 'active', 'a new student is active');
select ok(exists (select from core.progress where student_id = (pg_temp.student_row('1004')).student_id),
       'and has progress to be counted');

-- what touches the estimate, and what does not
select (pg_temp.state_of('ada')).version as v, (pg_temp.state_of('ben')).version as w \gset
select pg_temp.import('[{"student_id": "1001", "adviser_email": "adviser@north.example"}, {"student_id": "1002",
       "dedicated_start": "2026-11-15"}]') \g /dev/null
select is((pg_temp.state_of('ada')).version, :v::int8, 'an adviser is nothing to the estimate');
select is((pg_temp.state_of('ben')).version, :w + 1::int8, 'the dedicated period is');
select is((pg_temp.state_of('ben')).dedicated_day, '2026-11-15'::date, 'and is in the state');
select pg_temp.import('[{"student_id": "1001", "track": "non_us", "deadline": "2027-06-30"}]') \g /dev/null
select is(((pg_temp.state_of('ada')).track, (pg_temp.state_of('ada')).deadline)::text, '(2,2027-06-30)',
       'so are track and deadline');

-- leaving and coming back
select is(pg_temp.import('[{"student_id": "1002", "status": "inactive"}]') ->> 'changed', '1', 'leaving');
select is(pg_temp.import('[{"student_id": "1002", "given_name": "Benn"}]') ->> 'reactivated', '0', 'a row that says nothing of it');
select is((pg_temp.student_row('1002')).status, 'inactive', 'brings nobody back');
select is(pg_temp.import('[{"student_id": "1002", "status": "active"}]'),
       '{"new": 0, "changed": 1, "unchanged": 0, "reactivated": 1}', 'coming back is counted');
select is((select array_agg(external_id order by student_id) from api.student_states('north', 0, 2)), array['1001', '1002'],
       'a page');
select is((select array_agg(external_id order by student_id) from api.student_states('north', (select max(student_id)
       from api.student_states('north', 0, 2)), 5)), array['1003', '1004'], 'the next');
select is((select count(*) from api.student_states('north', (select max(student_id) from core.student), 5)), 0::bigint,
       'and the end');

-- refused as a whole
select throws_ok($$ select pg_temp.import('[{"student_id": "1005", "track": "md"}]') $$, '22023', 'row 1: unknown track "md"',
       'an unknown track');
select throws_ok($$ select pg_temp.import('[{"student_id": "1005"}, {"student_id": "1001", "status": "gone"}]') $$, '22023',
       'row 2: unknown status "gone"', 'an unknown status');
select throws_ok($$ select pg_temp.import('[{"given_name": "x"}]') $$, '22023', 'row 1: student_id is missing', 'no id');
select ok(pg_temp.student_row('1005') is null, 'nothing of a refused file is kept');
select is(pg_temp.import('[{"student_id": "1005"}, {"student_id": "1005", "family_name": "Elm"}]'),
          '{"new": 1, "changed": 0, "unchanged": 0, "reactivated": 0}', 'of an id twice the first is taken');
select is((select f.line || ' ' || f.field || ' ' || f.reason from ops.import_finding f order by import_id desc, n desc limit 1),
          '2 student_id stands in line 1 already; only one of the two can be meant', 'and the second is said');
select throws_ok($$ select api.roster_import('nowhere', 'x', '[]') $$, '22023', 'there is no school "nowhere"',
       'a school that is not here');
select is(pg_temp.import('[]'), '{"new": 0, "changed": 0, "unchanged": 0, "reactivated": 0}', 'an empty file');
select is((pg_temp.student_row('1003')).family_name, 'Cole', 'hostile text is text')
  from pg_temp.import('[{"student_id": "x''); drop table core.student; --", "given_name": "\u0027; select 1"}]');
select ok(bool_and(detail ? 'source' and detail ? 'import_id'), 'each import is in the trail') from audit.event
       where action = 'roster_import';
select is((select count(*) from ops.import where kind = 'roster' and school_id = :north),
       (select count(*) from audit.event where action = 'roster_import' and school_id = :north), 'and in the list of imports');

-- schools
select is(api.school_ensure('north', 'North', 'America/New_York'), :north, 'a school keeps its number');
select is((select name from core.school where code = 'north'), 'North', 'and takes its new name');
select throws_ok($$ select api.school_ensure('east', 'East', 'Nowhere/City') $$, '22023', null, 'an unknown zone is refused');
select throws_ok($$ select api.school_ensure('East!', 'East', 'UTC') $$, '23514', null,
       'so is a code that could not stand in a certificate');
select * from finish();
rollback;
