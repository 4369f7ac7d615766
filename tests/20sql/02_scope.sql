-- Row-level security as it bites: without a scope there is nothing, with one only that school, and the scope ends with the function.
begin;
\ir fixture.sql
select * from no_plan();
select is(pg_temp.send('ada', pg_temp.result(1)), '01', 'a row of north');
select is(pg_temp.send('sol', pg_temp.result(2)), '01', 'a row of south');

create function tap.rows_seen() returns setof text language plpgsql as $$
declare
  v_table text;
  v_n int8;
begin
  for v_table in select c.oid::regclass from pg_class c
                  where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('core', 'ops', 'audit')
                    and c.relname not in ('migration', 'applied_file') loop
    execute 'select count(*) from ' || v_table into v_n;
    if v_n > 0 then
      return next v_table;
    end if;
  end loop;
end
$$;
grant usage on schema tap to sg_owner;
set local role sg_owner;
select is_empty('select tap.rows_seen()', 'without a scope even the owner sees no row of any table');
select throws_ok($$ insert into core.school (code, name, zone) values ('x', 'x', 'UTC') $$, '42501', null, 'nor may it write one');

select core.enter(array[:north]) \g /dev/null
select results_eq('select distinct school_id from core.student', array[:north]::int4[], 'scope north: students of north');
select results_eq('select distinct school_id from core.result', array[:north]::int4[], 'scope north: results of north');
select results_eq('select school_id from core.school', array[:north]::int4[], 'scope north: north itself');
select throws_ok(format($$ insert into core.student (school_id, external_id) values (%s, 'x') $$, :south), '42501', null,
                 'scope north: no row of south can be written');
select core.enter(array[:north, :south]) \g /dev/null
select results_eq('select distinct school_id from core.result order by 1', array[:north, :south]::int4[], 'two in scope: two');
select core.enter_any() \g /dev/null
select results_eq('select distinct school_id from core.result order by 1', array[:north, :south]::int4[], 'any: all');
select throws_ok('update audit.event set actor = ''x''', '42501', null, 'the trail is not changed');
select throws_ok('delete from audit.event', '42501', null, 'nor shortened');
select throws_ok('delete from core.result', '42501', null, 'results are not deleted');
select throws_ok('update core.result set score_centi = 1', '42501', null, 'nor changed');
select set_config('sg.scope', '', true) \g /dev/null
reset role;

select is((pg_temp.state_of('ada')).external_id, '1001', 'a function sets its scope');
select is(current_setting('sg.scope'), '', 'and takes it back');
select is((select count(*) from api.student_states_of(:south, pg_temp.student('ada'))), 0::bigint,
       'a student of another school is no one');

-- A role that came to own a right on a table would still see nothing, because policies speak of the owner alone.
grant usage on schema core to sg_student;
grant select on core.result to sg_student;
set local role sg_student;
select count(*) as seen from core.result \gset
reset role;
select is(:seen, 0, 'a stray grant shows nothing');
select * from finish();
rollback;
