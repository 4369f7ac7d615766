-- What is reported of weeks, as the engine gets it: packed beside the plan, made anew by whoever says something, and nothing for who
-- says nothing.
begin;
\ir fixture.sql
select * from no_plan();
select set_config('sg.scope', '{' || :north || ',' || :south || '}|*', false) \g /dev/null

create function pg_temp.goal(p_tag text, p_set timestamptz, p_from date, p_questions int) returns void language sql as $$
  insert into core.study_goal (school_id, student_id, goal_id, set_at, from_day, questions_a_week, device_id)
  select d.school_id, d.student_id, gen_random_uuid(), p_set, p_from, p_questions, d.device_id from device d where d.tag = p_tag
$$;
create function pg_temp.week(p_tag text, p_made timestamptz, p_from date, p_questions int, p_minutes int, p_reviewed int = null, p_sure int = null)
  returns void language sql as $$
  insert into core.study_checkin (school_id, student_id, checkin_id, week_from, made_at, study_minutes, questions, reviewed_percent, confidence_percent, device_id)
  select d.school_id, d.student_id, gen_random_uuid(), p_from, p_made, p_minutes, p_questions, p_reviewed, p_sure, d.device_id from device d where d.tag = p_tag
$$;
create function pg_temp.number(p_packed bytea, p_at int) returns int language sql as $$ select get_byte(p_packed, p_at) * 256 + get_byte(p_packed, p_at + 1) $$;
-- Unpacked as server/db/state.c does it.
create function pg_temp.unpacked(p_packed bytea) returns setof text language sql as $$
  select concat_ws(' ', date '2000-01-01' + pg_temp.number(p_packed, a), 'said', date '2000-01-01' + pg_temp.number(p_packed, a + 2), pg_temp.number(p_packed, a + 4), 'of',
                   pg_temp.number(p_packed, a + 8), 'in', pg_temp.number(p_packed, a + 6), 'reviewed', get_byte(p_packed, a + 10), 'sure', get_byte(p_packed, a + 11))
    from generate_series(0, length(p_packed) - 1, 12) a
$$;
create function pg_temp.study(p_tag text) returns setof text language sql as $$ select pg_temp.unpacked((pg_temp.state_of(p_tag)).study) $$;
create function pg_temp.version(p_tag text) returns int8 language sql as $$
  select p.version from device d join core.progress p on p.school_id = d.school_id and p.student_id = d.student_id where d.tag = p_tag
$$;

select is((pg_temp.state_of('ada')).study, null, 'nothing said, nothing there');
select is_empty('select from core.attempt_fact', 'and no row for it');
create temp table before as select pg_temp.version('ada') as ada, pg_temp.version('ben') as ben;

select pg_temp.goal('ada', '2026-08-01Z', '2026-08-05', 200) \g /dev/null
select is((pg_temp.state_of('ada')).study, null, 'a goal alone says nothing of any week');
select pg_temp.week('ada', '2026-08-09 12:00Z', '2026-08-03', 120, 1500, 40, 85) \g /dev/null
select pg_temp.week('ada', '2026-08-17 03:30Z', '2026-08-10', 260, 600) \g /dev/null
select results_eq($$ select pg_temp.study('ada') $$, array['2026-08-10 said 2026-08-16 260 of 200 in 600 reviewed 255 sure 255',
                                                          '2026-08-03 said 2026-08-09 120 of 0 in 1500 reviewed 40 sure 85'],
                  'weeks, the newest first; what was not said; a goal counts from the Monday after it; the day is the school''s');
select is((pg_temp.version('ada') - b.ada, pg_temp.version('ben') - b.ben)::text, '(3,0)', 'each makes this student''s estimate stale, and nobody else''s') from before b;
select is((select count(*) from core.attempt_fact), 1::bigint, 'one row');
select is((pg_temp.state_of('ada')).attempt, 1::int2, 'who spoke of no exam is before the first attempt');
select is((pg_temp.state_of('ben')).study, null, 'the other student has nothing of it');

select pg_temp.week('ada', '2026-08-08 12:00Z', '2026-08-03', 1, 1, 1, 1) \g /dev/null
select is((select count(*) from pg_temp.study('ada') s where s like '2026-08-03 said 2026-08-09 120 %'), 1::bigint, 'an older word that arrives later changes nothing');
select pg_temp.week('ada', '2026-08-12 12:00Z', '2026-08-03', 130, 1500, 0, 0) \g /dev/null
select is((select s from pg_temp.study('ada') s offset 1), '2026-08-03 said 2026-08-12 130 of 0 in 1500 reviewed 0 sure 0', 'the last word counts; nothing is not "not said"');
select pg_temp.goal('ada', '2026-08-02Z', '2026-08-05', null) \g /dev/null
select is((select s from pg_temp.study('ada') s limit 1), '2026-08-10 said 2026-08-16 260 of 0 in 600 reviewed 255 sure 255', 'a goal taken back');
select pg_temp.goal('ada', '2026-08-01 12:00Z', '2026-08-05', 300) \g /dev/null
select is((select s from pg_temp.study('ada') s limit 1), '2026-08-10 said 2026-08-16 260 of 0 in 600 reviewed 255 sure 255', 'of several the one set last');

-- What was said of the exam and of weeks is in one row and each leaves the other alone.
select api.change_plan(d.school_id, d.student_id, d.device_id, d.serial, gen_random_uuid(), 1::int2, 1::int2, '2026-12-01', null, null, null, null, now()) from device d where d.tag = 'ada' \g /dev/null
select is(((pg_temp.state_of('ada')).exam_day, (select count(*) from pg_temp.study('ada')))::text, '(2026-12-01,2)', 'a plan leaves the weeks alone');
select set_config('sg.scope', '{' || :north || ',' || :south || '}|*', false) \g /dev/null
select pg_temp.week('ada', '2026-08-23Z', '2026-08-17', 5000, 10080, 100, 100) \g /dev/null
select is((pg_temp.state_of('ada')).exam_day, '2026-12-01', 'and weeks the plan');
select is((select s from pg_temp.study('ada') s limit 1), '2026-08-17 said 2026-08-22 5000 of 0 in 10080 reviewed 100 sure 100', 'the most that can be said');
select is((select p.study from core.plan_of(d.school_id, d.student_id) p), core.study_fold(d.school_id, d.student_id, 12), 'kept is what the fold says') from device d where d.tag = 'ada';

-- A long diary: twelve weeks for every night, all of it for looking back.
select pg_temp.week('ben', '2026-10-01Z', date '2024-01-01' + 7 * n, n, n) from generate_series(1, 130) n \g /dev/null
select is((select count(*) from pg_temp.study('ben')), 12::bigint, 'the newest twelve');
select is((select count(*) from device d join core.school s on s.school_id = d.school_id
             cross join lateral core.pasts_of(s, array[d.student_id], null) p cross join lateral pg_temp.unpacked(p.study) w where d.tag = 'ben'), 120::bigint,
          'two years and more for a past');
select pg_temp.week('ben', '2000-01-02Z', '1990-01-01', 1, 1), pg_temp.week('ben', '9000-01-02Z', '2200-01-06', 1, 1), pg_temp.week('ben', '9000-01-02Z', '2026-10-05', 7, 7) \g /dev/null
select is((select s from pg_temp.study('ben') s limit 1), '2026-10-05 said 2089-01-01 7 of 0 in 7 reviewed 255 sure 255', 'days that two bytes cannot hold break nothing');

-- Many at once, of two schools.
insert into core.study_checkin (school_id, student_id, checkin_id, week_from, made_at, study_minutes, questions, device_id)
select d.school_id, d.student_id, gen_random_uuid(), '2026-11-02', '2026-11-08Z', 60, 60, d.device_id from device d;
select is((select count(*) from device d where (select s from pg_temp.study(d.tag) s order by s desc limit 1) like '2026-11-02 %'), 3::bigint, 'one statement, three students, two schools');
-- What somebody is going through speaks louder than what was not done; what is felt is heard all the same.
select results_eq($$ select kind, string_agg(code, ' ' order by code) from core.rule_mutes()
                      where code in ('goals_missed', 'cramming', 'misses_unreviewed', 'over_confidence', 'panic') group by kind order by kind $$,
                  $$ values ('decelerated', 'goals_missed'), ('exam_taken', 'cramming goals_missed misses_unreviewed over_confidence panic'),
                            ('illness', 'goals_missed misses_unreviewed'), ('leave', 'cramming goals_missed misses_unreviewed') $$, 'what mutes what');
select * from finish();
rollback;
