-- Plans: a log of statements, folded; order of arrival is nothing, the office goes before the student on what was taken and passed.
begin;
\ir fixture.sql
select * from no_plan();

create function pg_temp.say(tag text, n int, action int, attempt int, day date = null, outcome int = 0, made timestamptz = now(),
  dedicated date = null,
                            permit_from date = null, permit_to date = null)
  returns table (verdict int2, status int2, field text, reason text, state api.student_state) language sql as $$
  select c.* from device d, api.change_plan(d.school_id, d.student_id, d.device_id, d.serial, pg_temp.id(n), action::int2,
         attempt::int2, day,
                                            permit_from, permit_to, dedicated, outcome::int2, made) c where d.tag = $1
$$;
create function pg_temp.plan(tag text) returns text language sql as $$
  select concat_ws(' ', s.attempt, s.failures, coalesce(s.exam_day::text, '-')) from pg_temp.state_of(tag) s
$$;

select is(pg_temp.plan('ada'), '1 0 -', 'nothing said: the first attempt, no day');
select is(status, 1::int2, 'a plan is stored'), is((state).exam_day, '2026-12-01'::date, 'and answered'),
       is((state).dedicated_day, '2026-10-20'::date, 'with the dedicated period'),
       is((state).permit_from, '2026-11-01'::date, 'and the permit'), is((state).permit_to, '2027-01-31'::date, 'to its end')
  from pg_temp.say('ada', 1, 1, 1, '2026-12-01', made => now() - interval '5 days', dedicated => '2026-10-20',
    permit_from => '2026-11-01', permit_to => '2027-01-31');
select (pg_temp.state_of('ada')).version as version \gset
select is(status, 2::int2, 'the same change again counts once')
  from pg_temp.say('ada', 1, 1, 1, '2026-12-01', made => now() - interval '5 days', dedicated => '2026-10-20',
    permit_from => '2026-11-01', permit_to => '2027-01-31');
select is((pg_temp.state_of('ada')).version, :version::int8, 'and leaves the version');
select is(status, 3::int2, 'the same id with another day is a conflict')
       from pg_temp.say('ada', 1, 1, 1, '2026-12-02', made => now() - interval '5 days');
select is(status, 3::int2, 'from another student as well') from pg_temp.say('ben', 1, 1, 1, '2026-12-01',
       made => now() - interval '5 days');
select is(pg_temp.plan('ben'), '1 0 -', 'who gets nothing of it');

-- later made_at wins, whatever order they arrive in
select is(status, 1::int2, 'moved today') from pg_temp.say('ada', 2, 1, 1, '2026-12-20', made => now());
select is(status, 1::int2, 'an older move arrives late') from pg_temp.say('ada', 3, 1, 1, '2026-12-10',
       made => now() - interval '1 day');
select is(pg_temp.plan('ada'), '1 0 2026-12-20', 'the later one counts');
select is((pg_temp.state_of('ada')).dedicated_day, '2026-10-20'::date, 'what a move does not say stays');
select is((state).exam_day, null, 'cancelled') from pg_temp.say('ada', 4, 2, 1, made => now() + interval '1 s');
select is((state).exam_day, '2027-01-10'::date, 'planned anew') from pg_temp.say('ada', 5, 1, 1, '2027-01-10',
       made => now() + interval '2 s');

-- taken and failed, second attempt
select is((state).exam_day, current_date - 3, 'taken: the day it was') from pg_temp.say('ada', 6, 3, 1, current_date - 3);
select is(status, 1::int2, 'failed') from pg_temp.say('ada', 7, 4, 1, outcome => 2);
select is(pg_temp.plan('ada'), '2 1 -', 'the second attempt comes, one failure behind');
select is(status, 1::int2, 'and is planned') from pg_temp.say('ada', 8, 1, 2, '2027-03-01');
select is(pg_temp.plan('ada'), '2 1 2027-03-01', 'second attempt planned');

-- same instant: the id decides
select is(status, 1::int2, 'two at the same instant') from pg_temp.say('ben', 20, 1, 1, '2027-02-02', made => now()) union all
select is(status, 1::int2, 'the other') from pg_temp.say('ben', 19, 1, 1, '2027-01-01', made => now());
select is(pg_temp.plan('ben'), '1 0 2027-02-02', 'the higher id counts');

-- what cannot be is refused with field and reason
create function pg_temp.refused(action int, attempt int, day date = null, outcome int = 0, made timestamptz = now(),
  permit_from date = null, permit_to date = null)
  returns text language sql as $$
  select status || ' ' || field || ' ' || (length(reason) > 10) from pg_temp.say('ben', 99, action, attempt, day, outcome, made,
         null, permit_from, permit_to)
$$;
select is(pg_temp.refused(0, 1), '4 action true', 'no action');
select is(pg_temp.refused(5, 1), '4 action true', 'an unknown action');
select is(pg_temp.refused(1, 0, '2027-01-01'), '4 attempt true', 'attempt 0');
select is(pg_temp.refused(1, 11, '2027-01-01'), '4 attempt true', 'attempt 11');
select is(pg_temp.refused(1, 1), '4 exam_day true', 'a plan without a day');
select is(pg_temp.refused(3, 1), '4 exam_day true', 'taken without a day');
select is(pg_temp.refused(3, 1, current_date + 2), '4 exam_day true', 'taken in the future');
select is(pg_temp.refused(4, 1), '4 outcome true', 'a result without outcome');
select is(pg_temp.refused(4, 1, outcome => 3), '4 outcome true', 'an unknown outcome');
select is(pg_temp.refused(1, 1, '2027-01-01', permit_from => '2027-02-01', permit_to => '2027-01-01'), '4 permit_to_day true',
       'a permit that ends before it begins');
select is(pg_temp.refused(1, 1, '2027-01-01', made => now() + interval '2 days'), '4 made_at_ms true', 'made in the future');
select is((select count(*) from core.plan_change where change_id = pg_temp.id(99)), 0::bigint, 'nothing of it is stored');
select is((select verdict from device d, api.change_plan(d.school_id, d.student_id + 1, d.device_id, d.serial, pg_temp.id(98),
       1::int2, 1::int2, '2027-01-01', null, null, null, null, now())
            where tag = 'ada'), 7::int2, 'a certificate speaks for its own student only');

-- the office's file
select is(api.plans_import('north', 'exams.csv', '[
  {"student_id": "1001", "attempt": "1", "planned_on": "", "taken_on": "2026-11-02", "outcome": "fail",
    "outcome_known_on": "2026-11-20"},
  {"student_id": "1003", "attempt": 1, "planned_on": "2027-04-01", "permit_from": "2027-03-01", "permit_to": "2027-05-31"},
  {"student_id": "9999", "attempt": 1, "planned_on": "2027-04-01"}]') - 'x',
  '{"new": 1, "changed": 1, "unchanged": 0, "unknown_students": ["9999"]}', 'the office''s file is taken down');
select is(api.plans_import('north', 'exams.csv', '[
  {"student_id": "1001", "attempt": "1", "planned_on": "", "taken_on": "2026-11-02", "outcome": "fail",
    "outcome_known_on": "2026-11-20"},
  {"student_id": "1003", "attempt": 1, "planned_on": "2027-04-01", "permit_from": "2027-03-01", "permit_to": "2027-05-31"}]'),
  '{"new": 0, "changed": 0, "unchanged": 2, "unknown_students": []}', 'a second time it changes nothing');
select is((select taken_on from core.attempts_of(:north, pg_temp.student('ada')) where attempt = 1), '2026-11-02'::date,
       'the office knows better when it was taken');
select is(status, 1::int2, 'the student claims to have passed') from pg_temp.say('ada', 30, 4, 1, outcome => 1,
       made => now() + interval '1 hour');
select is(pg_temp.plan('ada'), '2 1 2027-03-01', 'the office knows better how it went');
select is(api.plans_import('north', 'exams.csv', '[{"student_id": "1003", "planned_on": "2027-04-08"}]') ->> 'changed', '1',
       'the office moves an exam');
select is((select (exam_day, permit_to)::text from core.plan_of(:north, (select student_id from core.student
       where school_id = :north and external_id = '1003'))),
          '(2027-04-08,2027-05-31)', 'and an empty cell takes nothing back');
select is(api.plans_import('north', 'x', '[{"student_id": "1003", "attempt": "3", "planned_on": "2028-01-01"}, {"student_id": "1003", "attempt": "3",
       "planned_on": "2028-02-01"}]') -> 'new', '1', 'of an attempt twice in one file the first is taken');
select is((select f.line || ' ' || f.reason from ops.import_finding f order by import_id desc, n desc limit 1),
          '2 stands in line 1 already; only one of the two can be meant', 'and the second is said');
select is((select count(*) from audit.event where action = 'plans_import'), 4::bigint, 'each import is in the trail');
select throws_ok($$ select api.plans_import('nowhere', 'x', '[]') $$, '22023', 'there is no school "nowhere"',
       'a school that is not here');
-- what flags ask of earlier attempts and of a date that keeps moving
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at, outcome)
select d.school_id, d.student_id, gen_random_uuid(), 1, v.action, v.attempt, v.day, now() - interval '1 day' + v.n * interval '1 min', v.outcome
  from device d,
       (values (1, 1, 1, date '2025-05-01', null::int2), (2, 1, 1, '2025-06-01', null), (3, 3, 1, '2025-06-01', null), (4, 4, 1, null, 2),
               (5, 1, 2, '2025-09-01', null), (6, 1, 2, '2025-09-01', null), (7, 2, 2, null, null), (8, 1, 2, '2025-10-01', null),
               (9, 1, 2, '2025-09-15', null)) v(n, action, attempt, day, outcome)
 where d.tag = 'sol';
select results_eq($$ select (s).attempt, (s).last_failed_day, (s).sittings, (s).date_moves from pg_temp.state_of('sol') s $$,
  $$ values (2::int2, date '2025-06-01', '{2025-06-01}'::date[], 2::int2) $$,
  'saying the same day again is no move, cancelling neither; a failed attempt has its day');
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
select d.school_id, d.student_id, gen_random_uuid(), 1, 3, 2, '2025-09-15', now() from device d where d.tag = 'sol';
select results_eq($$ select (s).sittings, (s).date_moves from pg_temp.state_of('sol') s $$,
  $$ values ('{2025-06-01}'::date[], 2::int2) $$, 'an attempt that waits for its outcome is not an earlier one');
select * from finish();
rollback;
