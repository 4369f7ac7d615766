-- The queue and the student's page.
begin;
\ir fixture.sql
select * from no_plan();
create function pg_temp.plan(tag text, n int, day date, attempt int = 1) returns void language sql as $$
  select from device d, api.change_plan(d.school_id, d.student_id, d.device_id, d.serial, pg_temp.id(n), 1::int2, attempt::int2,
         day, null, null, null, 0::int2, now()) c where d.tag = $1
$$;
create function pg_temp.assess(tag text, p float8, state int, variadic flags api.flag_row[] = '{}') returns bool language sql as $$
  select recorded from api.record_assessments(array[pg_temp.estimate($1, (pg_temp.state_of($1)).version, p, state)], flags)
$$;
select pg_temp.enrol('cem', 'north', '1003', 4) \g /dev/null
select pg_temp.plan('ada', 101, current_date + 30), pg_temp.plan('ben', 102, current_date + 120),
       pg_temp.plan('cem', 103, current_date + 30) \g /dev/null
select pg_temp.send('ada', pg_temp.result(1), pg_temp.result(1, revision => 1, score => 7000), pg_temp.result(2)) \g /dev/null

-- order and membership
select is(api.queue('north', now(), 10) - '{as_of,day,counts,capacity}'::text[],
          '{"school": "Northern School", "zone": "America/New_York", "students": 3, "assessed": 0, "stale": 3, "unseen": 0,
            "parameters": "default-1", "total": 0, "hard_deadlines": 0, "hidden": {}, "feed": null, "items": []}',
          'nobody assessed: nobody waits');
select ok(pg_temp.assess('ada', 0.50, 1, pg_temp.flag('ada', 'low', 4)) and pg_temp.assess('ben', 0.40, 1)
       and pg_temp.assess('cem', 0.95, 3), 'three estimates');
create function pg_temp.queue() returns text language sql as $$
  select string_agg(i -> 'student' ->> 'student_id', ' ') from jsonb_array_elements(api.queue('north', now(), 10) -> 'items') i
$$;
select is(pg_temp.queue(), '1001 1002',
       'near and likely to fail before far and somewhat likelier; who is on track does not stand in it');
select is(api.queue('north', now(), 10) -> 'counts', '{"at_risk": 2, "borderline": 0, "on_track": 1, "cannot_say": 0}',
       'counts by state');
select ok(pg_temp.assess('cem', 0.95, 4, pg_temp.flag('cem', 'silent', 3)), 'cannot say, with a warning');
select is(pg_temp.queue(), '1001 1002 1003', 'a warning brings a student into the queue');
select ok(pg_temp.assess('cem', 0.95, 4, pg_temp.flag('cem', 'silent', 2)), 'one grade less');
select is(pg_temp.queue(), '1001 1002', 'does not');
select is((api.queue('north', now(), 1) -> 'total')::int, 2, 'a cut queue says how many there are'),
       is(jsonb_array_length(api.queue('north', now(), 1) -> 'items'), 1, 'and shows as many as asked for');
select is(i -> 'rank', '1', 'a row of the queue'), is(i -> 'state', '"new"', 'is a case'),
       is(i -> 'student', '{"student_id": "1001", "given_name": "Ada", "family_name": "Alt", "class_year": 2028}', 'of a student'),
       is((i -> 'estimate') - '{as_of,exam_day}'::text[],
          '{"state": "at_risk", "word": "at risk", "shape": "triangle", "p": 0.5, "p_low": 0.4, "p_high": 0.6, "readiness_mean": 61,
            "readiness_sd": 3, "results_used": 4, "last_check_at": null,
            "reasons": [{"code": "base_rate", "points": 0.93, "text": "x"}]}', 'with the estimate and its shares'),
       is(i -> 'reasons' -> 0 ->> 'severity', 'urgent', 'what opened it'),
       ok((i ->> 'days_to_exam')::int between 30 and 31, 'days in the school''s zone'),
       ok(i -> 'order' ->> 'sentence' ~ 'preventable failures', 'and why it stands there')
  from (select api.queue('north', now(), 10) -> 'items' -> 0 as i) q;
select is(api.queue('south', now(), 10) -> 'items', '[]', 'another school sees none of it');
select throws_ok($$ select api.queue('nowhere', now(), 10) $$, '22023', null, 'a school that is not here');
savepoint before;
set local session_replication_role = replica;
delete from core.case_event; delete from core.case_reason; delete from core.case_file;
select is((api.queue('north', now(), 10) -> 'unseen')::int, 2, 'estimates older than cases: who would have one is counted'),
       is(pg_temp.queue(), null, 'and nobody stands in it');
rollback to before;

-- who leaves it: with the estimate that follows a change, as the daemon makes it
create function pg_temp.after(plan jsonb) returns text language plpgsql as $$
begin
  perform api.plans_import('north', 'x', jsonb_build_array('{"student_id": "1001"}' || plan));
  perform pg_temp.assess('ada', 0.5, 1, pg_temp.flag('ada', 'low', 4));
  return pg_temp.queue();
end
$$;
savepoint before;
select is(pg_temp.after(jsonb_build_object('taken_on', current_date - 1)), '1002', 'an exam taken is not to be prevented');
select is(pg_temp.after('{"outcome": "fail"}'), '1001 1002', 'a failure comes back, for the attempt after it');
select is(pg_temp.after('{"attempt": 2, "outcome": "pass"}'), '1002', 'who passed is done');
rollback to before;
select api.roster_import('north', 'x', '[{"student_id": "1001", "status": "inactive"}]') \g /dev/null
select is(pg_temp.queue(), '1002', 'who left is not in it');
rollback to before;

-- expected preventable failures
select ok(core.preventable(0.5, 28) > core.preventable(0.5, 7) and core.preventable(0.5, 28) > core.preventable(0.5, 90)
       and core.preventable(0.5, 7) > core.preventable(0.5, 1), 'four weeks before is the time to act');
select is(core.preventable(0, -1), 0::float8, 'after the exam nothing is left to prevent'),
       is(core.preventable(1, 28), 0::float8, 'nor for who passes anyway');
select is(core.preventable(0.5, null), core.preventable(0.5, 90), 'no day planned: three months');

-- the student's page
select is(api.student_show('north', '9999'), null, 'a student who is not there');
select is(s -> 'student' ->> 'given_name', 'Ada', 'a page'), is(jsonb_array_length(s -> 'results'), 3, 'with all revisions'),
       is(s -> 'results' -> 0 -> 'revision', '1', 'the newest first'),
       is(s -> 'results' -> 0 -> 'score', '70', 'scores as people write them'),
         is(s -> 'devices' -> 0 ->> 'name', 'laptop', 'devices'), is(s -> 'plan' ->> 'attempt', '1', 'the plan'),
       is(jsonb_array_length(s -> 'attempts'), 1, 'attempts'), is(s -> 'assessment' ->> 'state', 'at_risk', 'the estimate'),
         is(s -> 'assessment' -> 'reasons' -> 0 ->> 'code', 'base_rate', 'its reasons'),
       is(s -> 'flags' -> 0 ->> 'code', 'low', 'flags'), is(s -> 'flags' -> 0 -> 'closed_at', 'null', 'open'),
         is(s -> 'student' -> 'stale', 'false', 'and whether it is up to date')
  from api.student_show('north', '1001') s;
select is(api.student_show('south', '1001') -> 'student' ->> 'given_name', 'Sol',
       'the same id at another school is another student');

-- the trail
select is((select students from audit.event where action = 'student_show' and students <> '{}' order by event_id limit 1),
       array[pg_temp.student('ada')], 'the trail names the student looked at');
select ok(exists (select from audit.event where action = 'student_show' and detail = '{"unknown": "9999"}'),
       'and one asked for who is not there');
select ok(exists (select from audit.event where action = 'queue' and students = array[pg_temp.student('ada'),
       pg_temp.student('ben')]), 'and everybody shown in a queue');
select is_empty($$ select 1 from audit.event where actor not like 'postgres%' $$, 'each line says who');

-- what a connection is worth
select is((select (fsync, full_page_writes, synchronous_commit, schema_version > 7)::text from api.connection_check()),
       '(on,on,on,t)', 'a connection shows what it is worth');
select * from finish();
rollback;
