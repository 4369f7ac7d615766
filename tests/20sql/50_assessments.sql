-- Recording estimates: compare-and-swap on the version, flags by difference; claiming the stale.
begin;
\ir fixture.sql
select * from no_plan();
create function pg_temp.record(a api.assessment_row[], f api.flag_row[]) returns text language sql as $$
  select string_agg(case when recorded then '+' else '-' end, '') from api.record_assessments(a, f)
$$;
create function pg_temp.open(tag text) returns text language sql as $$
  select coalesce(string_agg(f.code || ':' || f.text, ' ' order by f.code), '') from core.flag f, device d
   where d.tag = $1 and f.school_id = d.school_id and f.student_id = d.student_id and f.closed_at is null
$$;
select pg_temp.send('ada', pg_temp.result(1)) \g /dev/null
select (pg_temp.state_of('ada')).version as v \gset

select is(pg_temp.record(array[pg_temp.estimate('ada', :v - 1)], array[pg_temp.flag('ada', 'low')]), '-',
       'an estimate of older data is not recorded');
select is(pg_temp.open('ada'), '', 'nor its flags');
select is(pg_temp.record(array[pg_temp.estimate('ada', :v)], array[pg_temp.flag('ada', 'low'), pg_temp.flag('ada', 'silent')]), '+',
       'one of the present data is');
select is(pg_temp.open('ada'), 'low:words silent:words', 'its flags are open');
select ok(assessed_version = version and lease_until is null, 'the student is not stale any more') from core.progress
       where student_id = pg_temp.student('ada');
select is((pg_temp.state_of('ada')).previous_state, 1::int2, 'the next estimate knows the state of this one');

-- by difference
select flag_id as low from core.flag where code = 'low' \gset
select is(pg_temp.record(array[pg_temp.estimate('ada', :v, as_of => now() + interval '1 h')],
       array[pg_temp.flag('ada', 'low'), pg_temp.flag('ada', 'plateau', words => 'new')]), '+', 'again');
select is(pg_temp.open('ada'), 'low:words plateau:new', 'one closed, one opened, one left alone');
select is((select (flag_id, changed_at < max_changed)::text from core.flag, (select max(changed_at) max_changed from core.flag) m
       where code = 'low'), format('(%s,t)', :low), 'left alone is not written');
select is(pg_temp.record(array[pg_temp.estimate('ada', :v, as_of => now() + interval '2 h')],
       array[pg_temp.flag('ada', 'low', words => 'worse')]), '+', 'and again');
select is(pg_temp.open('ada'), 'low:worse', 'changed words are changed');
select is((select (flag_id, opened_at = now())::text from core.flag where code = 'low'), format('(%s,t)', :low),
       'of the same flag, open since the first time');
select is(pg_temp.record(array[pg_temp.estimate('ada', :v, as_of => now() + interval '3 h')], array[pg_temp.flag('ada', 'silent')]),
       '+', 'one comes back');
select is((select count(*) from core.flag where code = 'silent'), 2::bigint,
       'what comes back is a further flag, the first stays as history');
select is(pg_temp.record(array[pg_temp.estimate('ada', :v, as_of => now() + interval '3 h')], '{}'), '+',
       'the same as-of time again');
select is(pg_temp.record(array[pg_temp.estimate('ada', :v, as_of => now() + interval '3 h')], array[pg_temp.flag('ada', 'silent')]),
       '+', 'and again');
select is((select count(*) from core.flag where code = 'silent'), 3::bigint,
       'opens and closes in the same instant without complaint');

-- clocks do not run backwards
select is(pg_temp.record(array[pg_temp.estimate('ada', :v, p => 0.1, as_of => now())], '{}'), '-',
       'an estimate for an earlier time does not replace a later one');
select is((select p from core.assessment where student_id = pg_temp.student('ada')), 0.7::float8, 'nothing of it is kept');
select is(pg_temp.open('ada'), 'silent:words', 'nor are flags closed by it');

-- several at once, some lost
select (pg_temp.state_of('ben')).version as w, (pg_temp.state_of('sol')).version as u \gset
select is(pg_temp.record(array[pg_temp.estimate('sol', :u), pg_temp.estimate('ben', :w + 1),
       pg_temp.estimate('ada', :v, as_of => now() + interval '4 h')],
                         array[pg_temp.flag('ben', 'low'), pg_temp.flag('sol', 'low')]), '+-+',
                           'each student by itself, in the order given');
select is(pg_temp.open('ben') || '/' || pg_temp.open('sol') || '/' || pg_temp.open('ada'), '/low:words/', 'flags likewise');
select is(pg_temp.record(array[pg_temp.estimate('ben', :w, p => 0.4, as_of => now() + interval '1 h'),
       pg_temp.estimate('ben', :w, p => 0.5, as_of => now())],
                         array[pg_temp.flag('ben', 'low'), pg_temp.flag('ben', 'low')]), '++', 'a student twice in one call');
select is((select p from core.assessment where student_id = pg_temp.student('ben')), 0.4::float8, 'the later as-of time counts');
select throws_ok(format($$ select pg_temp.record(array[pg_temp.estimate('ben', %s, p => 'NaN', as_of => now() + interval '2 h')],
       '{}') $$, :w), '23514', null, 'NaN is no probability');
select throws_ok(format($$ select pg_temp.record(array[pg_temp.estimate('ben', %s, p => 1.01, as_of => now() + interval '2 h')],
       '{}') $$, :w), '23514', null, 'nor is 1.01');

-- the janitor
select is((select count(*) from api.claim_stale(10) where student_id in (select student_id from device)), 0::bigint,
       'who is assessed is not handed out');
select is(pg_temp.send('ada', pg_temp.result(2)), '01', 'new data');
select is((select count(*) from api.claim_stale(10) where student_id = pg_temp.student('ada')), 0::bigint,
       'are left to the upload for a moment');
update core.progress set lease_until = now() - interval '1 s' where student_id = pg_temp.student('ada');
select is((select version from api.claim_stale(10) where student_id = pg_temp.student('ada')), :v + 1::int8,
       'then they are handed out');
select is((select count(*) from api.claim_stale(10)), 0::bigint, 'once, while the lease runs');
update core.progress set lease_until = now() - interval '1 s', changed_at = now() - interval '1 h' * student_id
  where school_id = :north;
update core.progress set assessed_version = 0 where school_id = :north;
select is((select array_agg(external_id) from api.claim_stale(2)), array['1003', '1002'], 'the oldest first, as many as asked for');
select is((select array_agg(external_id) from api.claim_stale(9)), array['1001'], 'then the rest');
select is(pg_temp.record(array[pg_temp.estimate('ada', :v + 1, as_of => now() + interval '5 h')], '{}'), '+', 'recording');
select is((select lease_until from core.progress where student_id = pg_temp.student('ada')), null, 'ends the lease');

-- parameters
select results_eq('select version, body from api.parameters()', $$ values ('default-1', 'c = 60') $$, 'the set in force');
select is((pg_temp.state_of('ada')).parameters_id, :set_north, 'is named in the student''s state');
select is((pg_temp.state_of('sol')).parameters_id, 0, 'a school without one says 0');
select is(api.parameters_add('north', 'default-1', 'c = 60', 'code', pg_temp.bytes(1, 32), true), :set_north,
       'the same again is the same');
select is((select assessed_version = version from core.progress where student_id = pg_temp.student('ada')), true,
       'and makes nobody stale');
select throws_ok($$ select api.parameters_add('north', 'default-1', 'c = 62', 'code', pg_temp.bytes(2, 32), true) $$, '23505', null,
       'a version is one text for ever');
select is((select count(*) from api.parameters()), 1::bigint, 'still one')
  from api.parameters_add('north', 'strict-1', 'c = 62', 'code', pg_temp.bytes(2, 32), false);
select api.parameters_add('north', 'strict-1', 'c = 62', 'code', pg_temp.bytes(2, 32), true) \g /dev/null
select is((select version from api.parameters()), 'strict-1', 'put in force');
select is((select bool_and(assessed_version < version) from core.progress where school_id = :north), true,
       'a new set in force makes the school''s estimates stale');
select is((select count(*) from audit.event where action = 'parameters_add'), 4::bigint, 'each is in the trail');
-- a clock that ran ahead, and came back
select is(pg_temp.record(array[pg_temp.estimate('sol', (pg_temp.state_of('sol')).version, as_of => clock_timestamp() + interval '1 min')], '{}'), '+',
       'an estimate of a time to come');
select is(pg_temp.record(array[pg_temp.estimate('sol', (pg_temp.state_of('sol')).version, p => 0.3, as_of => now())], '{}'), '-',
       'stays while its data do');
update core.progress set version = version + 1 where student_id = pg_temp.student('sol');
select is(pg_temp.record(array[pg_temp.estimate('sol', (pg_temp.state_of('sol')).version, p => 0.3, as_of => now())], '{}'), '+',
       'and gives way once they changed: else the student would stay stale until it had come');
select is((select p from core.assessment where student_id = pg_temp.student('sol')), 0.3::float8, 'the one of today is there');

select * from finish();
rollback;
