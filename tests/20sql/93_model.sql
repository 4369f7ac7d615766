-- Nights that are kept, plans as they were known, jobs, calibration against figures worked out by hand, versions and who may put
-- one in force.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

create function pg_temp.body(p_reply api.reply) returns jsonb language sql as $$ select (p_reply).body::jsonb $$;
create function pg_temp.scope() returns void language sql as $$ select set_config('sg.scope', '*|*', false) $$;

-- ---- plans as they were known

create function pg_temp.say(p_tag text, p_action int, p_attempt int, p_day date, p_outcome int, p_known date, p_made timestamptz,
  p_source int = 2)
  returns void language sql as $$
  insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, outcome, outcome_known_on,
    made_at)
  select d.school_id, d.student_id, gen_random_uuid(), p_source, p_action, p_attempt, p_day, p_outcome, p_known, p_made
    from device d where d.tag = p_tag
$$;
-- Ada's plan was made, moved, and the exam failed, each said when it happened.
select pg_temp.say('ada', 1, 1, '2026-03-01', null, null, '2026-01-10 12:00Z'),
       pg_temp.say('ada', 1, 1, '2026-04-01', null, null, '2026-02-10 12:00Z'),
       pg_temp.say('ada', 3, 1, '2026-04-01', null, null, '2026-04-02 12:00Z'),
       pg_temp.say('ada', 4, 1, null, 2, '2026-04-20', '2026-04-21 12:00Z'),
       pg_temp.say('ada', 1, 2, '2026-08-01', null, null, '2026-05-01 12:00Z') \g /dev/null
-- Ben's came in one file, long after.
select pg_temp.say('ben', 1, 1, '2026-02-01', null, null, '2026-09-01 12:00Z'),
       pg_temp.say('ben', 3, 1, '2026-02-01', null, null, '2026-09-01 12:00Z'),
       pg_temp.say('ben', 4, 1, null, 2, null, '2026-09-01 12:00Z'),
       pg_temp.say('ben', 1, 2, '2026-06-01', null, null, '2026-09-01 12:00Z'),
       pg_temp.say('ben', 3, 2, '2026-06-01', null, null, '2026-09-01 12:00Z'),
       pg_temp.say('ben', 4, 2, null, 1, '2026-06-20', '2026-09-01 12:00Z') \g /dev/null
create function pg_temp.known(p_tag text, p_at timestamptz) returns text language sql as $$
  select concat_ws(' ', p.attempt, p.failures, coalesce(p.exam_day::text, '-'), coalesce(p.taken_on::text, '-'), p.passed)
    from device d, core.plan_at(d.school_id, d.student_id, p_at, 'America/New_York') p where d.tag = p_tag
$$;
select is(pg_temp.known('ada', '2026-01-20Z'), '1 0 2026-03-01 - f', 'a plan stands as it was said');
select is(pg_temp.known('ada', '2026-03-20Z'), '1 0 2026-04-01 - f', 'and moves when that was said');
select is(array(select p.date_moves from unnest('{2026-01-20,2026-03-20,2026-04-25}'::timestamptz[]) t,
                                   device d, core.plan_at(d.school_id, d.student_id, t, 'UTC') p where d.tag = 'ada'),
          '{0,1,0}'::int2[], 'and that is a move, until the attempt is over');
select is(pg_temp.known('ada', '2026-04-03Z'), '1 0 2026-04-01 2026-04-01 f', 'taken once that was said');
select is(pg_temp.known('ada', '2026-04-21Z'), '1 0 2026-04-01 2026-04-01 f', 'a failure that nobody has told yet is none');
select is(pg_temp.known('ada', '2026-04-25Z'), '2 1 - - f', 'after it the next attempt, of which nothing is known');
select is(pg_temp.known('ada', '2026-05-02Z'), '2 1 2026-08-01 - f', 'then its plan');
select is(pg_temp.known('ben', '2026-01-01Z'), '1 0 2026-02-01 2026-02-01 f', 'of what nobody had spoken of, what is known today');
select is(pg_temp.known('ben', '2026-03-01 12:00Z'), '1 0 2026-02-01 2026-02-01 f',
       'without a day, an outcome is out four weeks after');
select is(pg_temp.known('ben', '2026-03-02 12:00Z'), '2 1 2026-06-01 2026-06-01 f', 'and then it is the next attempt''s turn');
select is(pg_temp.known('ben', '2026-06-22 12:00Z'), '2 1 2026-06-01 2026-06-01 t', 'a pass from the day it was known');
select set_eq($$ select d.tag, p.attempt, p.failures, p.exam_day, p.dedicated_day, p.permit_from, p.permit_to, p.taken_on
       is not null, p.passed
                   from device d, core.plan_at(d.school_id, d.student_id, '2026-10-01Z', 'UTC') p $$,
              $$ select d.tag, p.attempt, p.failures, p.exam_day, p.dedicated_day, p.permit_from, p.permit_to, p.taken, p.passed
                   from device d, core.plan_of(d.school_id, d.student_id) p $$,
              'when everything was said by then, it is the plan in force');

select set_eq('select student_id, attempt, taken_on, outcome, before_on from core.outcomes_of(' || :north || ')',
  'select d.student_id, a.attempt, a.taken_on, a.outcome, case when a.attempt = 2 then ''2026-02-01''::date end
     from device d, core.attempts_of(d.school_id, d.student_id) a where a.outcome is not null and a.taken_on is not null
       and d.school_id = ' || :north,
  'outcomes of the school are those of each student');

-- ---- nights

select results_eq($$ select external_id, cardinality(plans), cardinality(attempts)
       from api.student_pasts('north', '2026-10-01', null, 0, 10) $$,
                  $$ values ('1001', 7, 1), ('1002', 4, 2), ('1003', 1, 0) $$, 'a past has its steps and how attempts ended');
select is((select known_from from api.student_pasts('north', '2026-10-01', null, 0, 10) p, unnest(p.plans)
       where p.external_id = '1001' limit 1),
          null, 'the first step has no beginning');
select results_eq(
  $$ select distinct recorded from api.record_assessments(array[pg_temp.estimate('ada', (pg_temp.state_of('ada')).version,
    as_of => '2026-10-01 07:00Z'),
                                                                pg_temp.estimate('ben', (pg_temp.state_of('ben')).version,
                                                                  as_of => '2026-10-01 09:00Z')], '{}') $$,
  $$ values (true) $$, 'two are estimated, one as of the night');
select is(api.estimates_keep('north', '2026-10-01', '2026-10-01 07:00Z'), 2::int8,
       'a night keeps what was said as of it, and says who is missing');
select pg_temp.scope() \g /dev/null
create temp table row_of as
  select row('2026-10-01'::date, s.student_id, :set_north, 3, 0, 0.9, 0.8, 0.95, 63, 3, 65, 4, null, 2,
         null)::api.estimate_row as one
    from core.student s where s.external_id = '1002' and s.school_id = :north;
select is(api.estimates_add('north', (select array_agg(one) from row_of)), 1::int8, 'the missing one is added');
select is(api.estimates_add('north', (select array_agg(one) from row_of)), 0::int8, 'once');
select is(api.estimates_add('south', (select array_agg(one) from row_of)), 0::int8, 'not to another school');
select results_eq($$ select external_id from api.student_pasts('north', '2026-10-01', '2026-10-01', 0, 10) $$, $$
       values ('1003') $$,
                  'who is missing can be asked for');
select ok(api.night_keep('north', '2026-10-01', '2026-10-01 07:00Z', 'run'), 'the night is said to be whole');
select ok(not api.night_keep('north', '2026-10-01', '2026-10-01 08:00Z', 'history'), 'once');
select is(api.estimates_add('north', array[row('2026-10-01', pg_temp.student('ada') + 0, 1, 1, 0, 0.1, 0, 0.2, 50, 3, 50, 4, null,
       2, null)::api.estimate_row]), 0::int8,
          'then it takes nothing more');
select is(api.estimates_keep('north', '2026-10-01', '2026-10-01 09:00Z'), 0::int8, 'from nobody');
select results_eq($$ select night from api.nights_kept('north') $$, $$ values ('2026-10-01'::date) $$, 'it is listed');
select results_eq($$ select external_id, previous_state from api.student_pasts('north', '2026-10-02', null, 0, 10) $$,
                  $$ values ('1001', 1::int2), ('1002', 3::int2), ('1003', 0::int2) $$, 'hysteresis goes on from the night before');
select pg_temp.scope() \g /dev/null
select throws_ok($$ insert into core.estimate_night select e.school_id, '2026-10-02', e.student_id, null, 1, 1, null, 'NaN', 0, 1,
       1, 1, 1, 1, 1, 0
                      from core.estimate_night e limit 1 $$, '23514', null, 'no estimate is no number');

-- ---- cells

select is(core.hidden_cells('{100,12,5}', 10), '{f,t,t}', 'a small cell takes the smallest other one with it');
select is(core.hidden_cells('{100,4,5}', 10), '{t,t,t}', 'two that are small together take a third');
select is(core.hidden_cells('{100,7,8,40}', 10), '{f,t,t,f}', 'two that are enough together do not');
select is(core.hidden_cells('{100,0,12}', 10), '{f,f,f}', 'nobody is no secret');
select is(core.hidden_cells('{5}', 10), '{t}', 'alone it is hidden by itself');
select is(core.hidden_cells('{10,10}', 10), '{f,f}', 'as many as are needed are enough');

-- ---- figures, worked out by hand: 0.9 passed, 0.8 failed, 0.6 passed, 0.6 failed
create temp table hand as select core.calibration_figures('{0.9,0.8,0.6,0.6}', '{t,f,t,f}') as f;
select is(round((f ->> 'brier')::numeric, 6), round((0.01 + 0.64 + 0.16 + 0.36) / 4.0, 6), 'Brier score') from hand;
select is(round((f ->> 'log_loss')::numeric, 6), round((-(ln(0.9) + ln(0.2) + ln(0.6) + ln(0.4)) / 4)::numeric, 6), 'log loss')
       from hand;
-- Pairs of one who passed and one who failed: 0.9 > 0.8, 0.9 > 0.6, 0.6 < 0.8, 0.6 = 0.6.
select is((f ->> 'auc')::numeric, (1 + 1 + 0 + 0.5) / 4, 'AUC, a tie counting half') from hand;
select is(array[f ->> 'n', f ->> 'failed', f ->> 'mean_p', f ->> 'share'], '{4,2,0.725,0.5}', 'n, failed, mean, share') from hand;
select is(round((f ->> 'base_brier')::numeric, 6) || ' ' || round((f ->> 'base_log_loss')::numeric, 6), '0.250000 '
       || round(ln(2.0), 6), 'the same of the share') from hand;
select is((core.calibration_figures('{0.9,0.8}', '{t,t}')) -> 'auc', 'null'::jsonb, 'no AUC where all passed');
select is((core.calibration_figures(null, null)) ->> 'n', '0', 'of nobody there are no figures');
-- Wilson, 8 of 10 at 95 %: 0.490, 0.943 (Wilson 1927; the table in Newcombe 1998).
select is(round(low::numeric, 3) || ' ' || round(high::numeric, 3), '0.490 0.943', 'Wilson''s interval') from core.wilson(8, 10);
-- Half of a group at p = 0.5 and three quarters of one at 0.75 pass: as it was said, so 0 and 1.
select is(round(intercept::numeric, 4) || ' ' || round(slope::numeric, 4), '0.0000 1.0000',
       'what is calibrated has intercept 0 and slope 1')
  from core.logit_line(array_fill(0.5::float8, '{40}') || array_fill(0.75::float8, '{40}'),
                       array_fill(true, '{20}') || array_fill(false, '{20}') || array_fill(true, '{30}')
                         || array_fill(false, '{10}'));
-- Saturated with two groups, so the standard error of the intercept is that of the first group's log odds: sqrt(1/20 + 1/20).
select is(round(intercept_se::numeric, 4), round(sqrt(0.1)::numeric, 4), 'its error is that of the group at one half')
  from core.logit_line(array_fill(0.5::float8, '{40}') || array_fill(0.75::float8, '{40}'),
                       array_fill(true, '{20}') || array_fill(false, '{20}') || array_fill(true, '{30}')
                         || array_fill(false, '{10}'));
-- What no straight line of the figures by hand could reach: certain, and wrong half of the time.
select ok(abs(slope) < 0.05 and abs(intercept) < 0.2, 'probabilities at the ends do not break it')
  from core.logit_line(array_fill(1::float8, '{50}') || array_fill(1e-30::float8, '{50}'),
                       array_fill(true, '{25}') || array_fill(false, '{25}') || array_fill(true, '{25}')
                         || array_fill(false, '{25}'));
select is(slope, null, 'where a threshold parts them without a miss there is no line, or a very steep one')
  from core.logit_line('{0.2,0.3,0.8,0.9}', '{f,f,t,t}') where slope < 5;
select is(slope, null, 'no line where all passed') from core.logit_line('{0.5,0.6}', '{t,t}');

-- ---- calibration of a school: 40 students, exam on 1 July, said on 14 June
insert into core.student (school_id, external_id, class_year, track)
select :north, 'c' || n, case when n <= 20 then 2026 when n <= 36 then 2027 else 2028 end, case when n <= 35 then 0 else 1 end
  from generate_series(1, 40) n;
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, outcome, made_at)
select s.school_id, s.student_id, gen_random_uuid(), 2, a.action, 1, case when a.action = 3 then '2026-07-01'::date end,
       case when a.action = 4 then case when substr(s.external_id, 2)::int4 % 5 = 0 then 2 else 1 end end, '2026-07-20Z'
  from core.student s, (values (3::int2), (4::int2)) a(action) where s.external_id like 'c%' and s.school_id = :north;
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, exam_day, p, p_low, p_high,
  readiness_mean,
                                 readiness_sd, exam_mean, exam_sd, state, pending_runs)
select s.school_id, n.night, s.student_id, :set_north, 3, '2026-07-01', n.p + case when substr(s.external_id, 2)::int4 <= 10
       then 0.13 else 0 end,
       0.5, 0.99, 61, 3, 63, 4, 1, 0
  from core.student s, (values ('2026-06-14'::date, 0.82), ('2026-06-21', 0.3), ('2026-06-10', 0.1)) n(night, p)
 where s.external_id like 'c%' and s.school_id = :north;
insert into ops.night (school_id, night, as_of, source, students)
select :north, n, n::timestamptz, 'run', 40 from unnest('{2026-06-10,2026-06-14}'::date[]) n;
create function pg_temp.calibration(p_query text, p_tag text = 'auditor') returns jsonb language sql as $$
  select pg_temp.body(api.model_calibration(pg_temp.as_(p_tag), p_query::jsonb))
$$;
select is(c #>> '{all,n}' || ' ' || (c #>> '{all,failed}'), '40 8',
       'forty attempts with an outcome, from the last night that was kept in time')
  from pg_temp.calibration('{"horizon": "14"}') c;
select is(jsonb_path_query_array(c, '$.bands[*].n')::text, '[0, 0, 0, 0, 30, 0, 10]', 'they are counted by what they were given')
  from pg_temp.calibration('{}') c;
select is(round((c #>> '{bands,4,mean_p}')::numeric, 2) || ' ' || (c #>> '{bands,4,passed}'), '0.82 24',
       'of those given 0.82, 24 of 30 passed')
  from pg_temp.calibration('{}') c;
select is(c -> 'trustworthy', 'false'::jsonb, 'it is not trustworthy yet'), matches(c ->> 'why_not', '^40 attempts'),
       is(c ->> 'horizon_days', '14')
  from pg_temp.calibration('{}') c;
-- 20, 16 and 4: the 4 are hidden, and the 16 with them.
select is(jsonb_path_query_array(c, '$.groups[*].n')::text, '[20, null, null]', 'a class of four is hidden, and another with it'),
       is(jsonb_path_query_array(c, '$.groups[*].brier ? (@ != null)')::text, jsonb_build_array(c #> '{groups,0,brier}')::text,
         'with everything of it')
  from pg_temp.calibration('{"by": "class_year"}') c;
-- 35 and 5: with one hidden the other would tell, so both are.
select is(jsonb_path_query_array(c, '$.groups[*].hidden')::text, '[true, true]', 'of two tracks both are')
       from pg_temp.calibration('{"by": "track"}') c;
select is(c #>> '{all,n}', '0', 'nothing was said 28 days before'), is(c -> 'slope', 'null')
       from pg_temp.calibration('{"horizon": "28"}') c;
select is(c #>> '{all,n}', '40', 'of one version') from pg_temp.calibration('{"version": "default-1"}') c;
select is(pg_temp.refusal('select api.model_calibration(:me, ''{"version": "none"}'')', 'dean'), '404 not_found');
select is(pg_temp.refusal('select api.model_calibration(:me, ''{"horizon": "15"}'')', 'dean'), '422 invalid');
select is(pg_temp.body(api.model_calibration(pg_temp.as_('south'), '{}')) #>> '{all,n}', '0', 'another school''s are not in it');

-- ---- versions
select is((h).fitted_on, '{"from": "classes/2025", "students": 310, "attempts": 322, "failed": 41, "checks": 900,
       "printed": 12}'::jsonb, 'a fit''s head is read'),
       is((h).held_out -> 'rows' -> 1, '{"of": "fitted", "log_loss": 0.2301, "brier": 0.0712, "auc": 0.881, "slope": 1.02,
         "intercept": -0.1}'::jsonb, 'with its figures'),
       is((h).held_out -> 'rows' -> 2 -> 'auc', 'null'::jsonb, 'one that is none is null'),
       is((h).held_out ->> 'predictions', '1288')
  from core.parameter_head(
'; Fitted on classes/2025: 310 students with outcomes, 322 attempts of which 41 failed, 900 later checks, 12 printed P(pass).
; Held out in 5 parts, 1288 predictions at 42, 28, 14 and 7 days:
;   before       log loss 0.2400, Brier 0.0730, AUC 0.8700, calibration slope 0.90, intercept +0.05
;   fitted       log loss 0.2301, Brier 0.0712, AUC 0.8810, calibration slope 1.02, intercept -0.10
;   recalibrated log loss 0.2301, Brier 0.0712, AUC nan, calibration slope 1.02, intercept -0.10
; What changed says so behind its value; the rest is as it was in the set it started from.
;
; Model parameters
version = x ; label') h;
select is((h).note, 'Model parameters of Stepguard, set strict-1.'), is((h).fitted_on, null,
       'what nobody fitted says nothing of it')
  from core.parameter_head(E'; Model parameters of Stepguard, set strict-1.\n;\n; One line is\nversion = strict-1') h;
select api.parameters_add('north', 'next', E'; Newer.\n;\nfloor = 0.85 ; x\nversion = next', 'code', pg_temp.bytes(2, 32),
       false) as set_next \gset
select api.parameters_add('north', 'other', 'floor = 0.85', 'code', pg_temp.bytes(3, 32), false) as set_other \gset
select is(jsonb_path_query_array(v, '$.items[*].version')::text, '["other", "next", "default-1"]', 'versions, the newest first'),
       is(v #>> '{in_force}', 'default-1'), is(v #>> '{items,1,note}', 'Newer.'),
         is(jsonb_array_length(v #> '{items,2,activations}'), 1),
       is(v #>> '{items,0,preview}', null)
  from pg_temp.body(api.model_versions(pg_temp.as_('auditor'), '{}')) v;

-- ---- jobs
select is(r.status::int4 || ' ' || (r.body::jsonb ->> 'state'), '202 queued', 'a preview is asked for')
  from api.model_preview(pg_temp.as_('dean'), '{"version": "next"}') r;
select is(pg_temp.refusal('select api.model_preview(:me, ''{"version": "default-1"}'')', 'dean'), '409 in_force');
select is(pg_temp.refusal('select api.model_preview(:me, ''{"version": "none"}'')', 'dean'), '404 not_found');
create temp table claimed as select * from api.job_claim('w1', 60);
select is(kind || ' ' || total || ' ' || base_version || ' ' || proposed_version || ' ' || zone,
       'preview 43 default-1 next America/New_York', 'a daemon takes it')
  from claimed;
select is_empty($$ select * from api.job_claim('w2', 60) $$, 'nobody else does');
select results_eq($$ select count(*), min(previous_state) from claimed c, api.job_students(c.school_id, c.job_id, 0, 100) $$,
                  $$ values (43::int8, 0::int2) $$, 'it gets the students');
select results_eq($$ select previous_state from claimed c, api.job_students(c.school_id, c.job_id, 0, 1) $$, $$ values (1::int2) $$,
                  'with the state in force');
select ok(api.job_advance(school_id, job_id, 'w1', 20, 60), 'it says how far it is'),
       ok(not api.job_advance(school_id, job_id, 'w2', 20, 60), 'another may not')
  from claimed;
select is(b ->> 'state' || ' ' || (b ->> 'done') || ' of ' || (b ->> 'total'), 'running 20 of 43', 'and it is seen')
  from pg_temp.body(api.job_show(pg_temp.as_('dean'), (select jsonb_build_object('job', job_id::text) from claimed))) b;
-- Its daemon dies.
select pg_temp.scope() \g /dev/null
update ops.job set lease_until = clock_timestamp() - interval '1 s' where state = 'running';
select is(count(*), 1::int8, 'when the lease has ended another takes it over') from api.job_claim('w2', 60);
select ok(not api.job_finish(school_id, job_id, 'w1', 43, '{}', null), 'the first one has lost it') from claimed;
select ok(api.job_finish(school_id, job_id, 'w2', 43,
            jsonb_build_object('version', 'next', 'students', 43, 'changed', 1, 'moves', jsonb_build_array(
              jsonb_build_object('student_id', pg_temp.student('ada'), 'from', 1, 'to', 3, 'p_from', 0.7, 'p_to', 0.95))), null),
                'the other hands it in')
  from claimed;
select is(b #>> '{result,moves,0,student,given_name}' || ' ' || (b #>> '{result,moves,0,to_state}'), 'Ada on_track',
       'the dean sees who would move')
  from pg_temp.body(api.job_show(pg_temp.as_('dean'), (select jsonb_build_object('job', job_id::text) from claimed))) b;
select is((api.job_show(pg_temp.as_('dean'), jsonb_build_object('job', job_id::text))).students, array[pg_temp.student('ada')],
       'and it goes on the trail')
  from claimed;
select is(b #> '{result,moves}', 'null'::jsonb, 'the auditor the figures alone'), is(b #>> '{result,changed}', '1')
  from pg_temp.body(api.job_show(pg_temp.as_('auditor'), (select jsonb_build_object('job', job_id::text) from claimed))) b;
select is(pg_temp.refusal(format('select api.job_show(:me, ''{"job": "%s"}'')', job_id), 'south'), '404 not_found',
       'another school nothing') from claimed;

-- The list: what is under way, without what came out.
select is(r.status, 202::int2) from api.replay_begin(pg_temp.as_('dean'), '{"body": {"version": "next"}}') r;
create function pg_temp.jobs(p_tag text, p_args jsonb default '{}') returns text language sql as $$
  select concat_ws(' ', (b -> 'total')::text, (select string_agg(concat_ws('/', i ->> 'kind', i ->> 'state', i #>> '{asked_by,name}'), ' ' order by n)
                                           from jsonb_array_elements(b -> 'items') with ordinality x(i, n)))
    from pg_temp.body(api.jobs(pg_temp.as_(p_tag), p_args)) b
$$;
select is(pg_temp.jobs(t, a), want, 'jobs for ' || t || ' ' || a)
  from (values ('dean', '{}'::jsonb, '2 replay/queued/Dean preview/done/Dean'), ('auditor', '{}', '2 replay/queued/Dean preview/done/Dean'),
               ('dean', '{"state": "open"}', '1 replay/queued/Dean'), ('dean', '{"state": "done"}', '1 preview/done/Dean'),
               ('dean', '{"kind": "preview", "state": "open"}', '0'), ('dean', '{"sort": "asked_at"}', '2 preview/done/Dean replay/queued/Dean'),
               ('south', '{}', '0')) v(t, a, want);
select is_empty($$ select i from pg_temp.body(api.jobs(pg_temp.as_('dean'), '{}')) b, jsonb_array_elements(b -> 'items') i
                    where i ? 'result' or i -> 'asked' ?| '{changes,base_id}' $$, 'nothing of what came out is in it, nor of students');
select is((api.jobs(pg_temp.as_('dean'), '{}')).students, '{}'::int8[], 'so nobody''s record is looked at');
select is(pg_temp.refusal('select api.jobs(:me, ''{"state": "over"}'')', 'dean'), '422 invalid');
select is(b ->> 'state', 'cancelled')
  from pg_temp.body(api.job_cancel(pg_temp.as_('dean'), (select jsonb_build_object('job', max(i ->> 'job'))
         from pg_temp.body(api.jobs(pg_temp.as_('dean'), '{"state": "queued"}')) b, jsonb_array_elements(b -> 'items') i))) b;

-- A job that ends its daemon is given up.
select is((api.replay_begin(pg_temp.as_('dean'), '{"body": {"parameters": {"floor": 0.8}, "version": "next"}}')).status, 202::int2,
       'a replay is asked for');
create function pg_temp.die(p_worker text) returns text language plpgsql as $$
declare v text; begin
  select kind || ' ' || changes into v from api.job_claim(p_worker, 60);
  perform pg_temp.scope();
  update ops.job set lease_until = clock_timestamp() - interval '1 s' where state = 'running';
  return v;
end $$;
select is(pg_temp.die('w1'), 'replay floor=0.8'), is(pg_temp.die('w2'), 'replay floor=0.8'),
       is(pg_temp.die('w3'), 'replay floor=0.8'),
       is(pg_temp.die('w4'), null, 'after three daemons nobody takes it');
select pg_temp.scope() \g /dev/null
select is(state || ': ' || why, 'failed: No daemon came to the end of it.', 'and it says so') from ops.job
       order by job_id desc limit 1;

select pg_temp.body(api.replay_begin(pg_temp.as_('dean'), '{"body": {"version": "next", "from": "2026-01-01", "to": "2026-06-30",
       "every_days": 1}}')) ->> 'job' as job \gset
select is(from_day || ' ' || to_day || ' ' || every_days || ' ' || lead_days || ' ' || total, '2026-01-01 2026-06-30 1 14 43',
       'a replay has its days')
  from api.job_claim('w1', 60);
select pg_temp.body(api.job_cancel(pg_temp.as_('dean'), jsonb_build_object('job', :'job'))) ->> 'state' as state \gset
select is(:'state'::text, 'cancelled', 'it can be cancelled'), ok(not api.job_advance(:north, :job, 'w1', 5, 60),
       'its daemon is told to stop'),
       ok(not api.job_finish(:north, :job, 'w1', 43, '{}', null), 'and what it brings is not kept'),
       is(pg_temp.body(api.job_cancel(pg_temp.as_('dean'), jsonb_build_object('job', :'job'))) ->> 'state', 'cancelled',
         'twice is once');
select is(pg_temp.refusal('select api.job_cancel(:me, ''{"job": "999999"}'')', 'dean'), '404 not_found');

select is(pg_temp.refusal(format('select api.replay_begin(:me, ''{"body": %s}'')', body), 'dean'), said, body) from (values
  ('{}', '422 missing'), ('{"parameters": {}}', '422 missing'), ('{"parameters": []}', '422 missing'),
    ('{"version": "none"}', '404 not_found'),
  ('{"parameters": {"flor": 0.8}, "version": "next"}', '422 invalid'),
    ('{"parameters": {"floor": "0.8"}, "version": "next"}', '422 invalid'),
  ('{"parameters": {"floor=1\n": 0.8}, "version": "next"}', '422 invalid'),
    ('{"parameters": {"version": 2}, "version": "next"}', '422 invalid'),
  ('{"version": "next", "from": "2026-05-01", "to": "2026-04-01"}', '422 invalid'),
    ('{"version": "next", "to": "2999-04-01"}', '422 invalid'),
  ('{"version": "next", "from": "2010-05-01", "every_days": 1}', '422 invalid'),
    ('{"version": "next", "every_days": 29}', '422 invalid'),
  ('{"version": "next", "level": 1}', '422 unknown_field')) v(body, said);
create function pg_temp.ask(p_n int) returns text language sql as $$
  select string_agg(pg_temp.refusal('select api.replay_begin(:me, ''{"body": {"version": "next"}}'')', 'dean'), ',' order by n)
         from generate_series(1, p_n) n
$$;
select is(pg_temp.ask(6), ',,,,,409 too_many_jobs', 'only so many wait at a time');

select is(core.replay_masked('{"sets": [{"by_class_year": [
  {"class_year": 2026, "watched": 100, "failed": 12, "passed": 88, "caught": {"n": 12}, "missed": {"n": 12},
    "false_alarms": {"n": 88}},
  {"class_year": 2027, "watched": 90, "failed": 4, "passed": 86, "caught": {"n": 4}, "missed": {"n": 4}, "false_alarms": {"n": 86}},
  {"class_year": 2028, "watched": 80, "failed": 20, "passed": 60, "caught": {"n": 20}, "missed": {"n": 20},
    "false_alarms": {"n": 60}}]}]}', 10)
  #> '{sets,0,by_class_year}',
  '[{"failed": 12, "caught": null, "hidden": false, "missed": null, "passed": 88, "watched": 100, "class_year": 2026,
    "false_alarms": {"n": 88}}, {"failed": 4, "caught": null, "hidden": false, "missed": null, "passed": 86, "watched": 90,
    "class_year": 2027, "false_alarms": {"n": 86}}, {"failed": 20, "caught": {"n": 20}, "hidden": false, "missed": {"n": 20},
    "passed": 60, "watched": 80, "class_year": 2028, "false_alarms": {"n": 60}}]'::jsonb,
  'small cells of a replay are hidden where they are small');

-- ---- promotion
create function pg_temp.promote(p_version text, p_body text, p_tag text = 'dean',
  p_csrf bool = true) returns text language sql as $$
  select pg_temp.refusal(format('select api.model_promote(:me, %L)', format('{"version": "%s", "body": %s}', p_version, p_body)),
         p_tag, p_csrf)
$$;
select is(pg_temp.promote('next', '{"replaces": "default-1"}'), '422 missing', 'a reason is needed');
select is(pg_temp.promote('next', '{"reason": "r"}'), '422 missing', 'and what it replaces');
select is(pg_temp.promote('next', '{"reason": "r", "replaces": "other"}'), '409 conflict', 'which must be so still');
select is(pg_temp.promote('default-1', '{"reason": "r", "replaces": "default-1"}'), '409 in_force');
select is(pg_temp.promote('other', '{"reason": "r", "replaces": "default-1"}'), '409 no_preview', 'nobody has looked at it');
select is(pg_temp.promote('none', '{"reason": "r", "replaces": "default-1"}'), '404 not_found');
select is(pg_temp.promote('next', '{"reason": "r", "replaces": "default-1"}', 'dean', false), '403 csrf');
select is(pg_temp.promote('next', '{"reason": "r", "replaces": "default-1"}', 'auditor'), '403 no_right');
select pg_temp.scope() \g /dev/null
update core.session s set stepped_up_at = core.now() - interval '1 h' from person p where p.tag = 'dean'
  and p.token_hash = s.token_hash;
select is(pg_temp.promote('next', '{"reason": "r", "replaces": "default-1"}'), '403 step_up_required');
update core.session s set stepped_up_at = core.now() from person p where p.tag = 'dean' and p.token_hash = s.token_hash;
savepoint looked;
update ops.job set finished_at = core.now() - interval '25 h' where state = 'done';
select is(pg_temp.promote('next', '{"reason": "r", "replaces": "default-1"}'), '409 no_preview', 'a preview of yesterday is none');
rollback to looked;
select pg_temp.scope() \g /dev/null
select is(count(*) filter (where assessed_version = version), 2::int8, 'two estimates are in force') from core.progress
       where school_id = :north;
select is(pg_temp.promote('next', '{"reason": "better held out", "replaces": "default-1"}'), '', 'the dean puts it in force');
select pg_temp.scope() \g /dev/null
select is(count(*) filter (where assessed_version = version), 0::int8, 'everybody is to be estimated anew') from core.progress
       where school_id = :north;
select is(s.parameters_id, :set_next) from core.school s where s.school_id = :north;
select results_eq($$ select p.version, b.version, a.actor, a.reason, a.job_id is not null from ops.parameter_activation a
                       join ops.parameter_set p using (school_id, parameters_id) left
                         join ops.parameter_set b on b.school_id = a.school_id and b.parameters_id = a.previous_id
                      where a.staff_id is not null $$, $$ values ('next', 'default-1', 'Dean', 'better held out', true) $$,
                        'who, in place of what, why, after which preview');
select is(actor || ' ' || action || ' ' || (detail ->> 'reason'), 'staff/' || p.staff_id || ' model_promote better held out',
       'and the trail has it')
  from audit.event e, person p where p.tag = 'dean' and e.action = 'model_promote';
select is(pg_temp.promote('default-1', '{"reason": "back", "replaces": "next"}'), '409 no_preview',
       'going back is a promotion like any other');

-- ---- who may what
create temp table call (name text, words text, who text[]);
insert into call values
  ('model_calibration', '{}', '{dean,auditor}'), ('model_versions', '{}', '{dean,auditor}'),
    ('job_show', '{"job": "0"}', '{dean,auditor}'), ('jobs', '{}', '{dean,auditor}'),
  ('job_cancel', '{"job": "0"}', '{dean}'), ('replay_begin', '{"body": {"version": "none"}}', '{dean}'),
    ('model_preview', '{"version": "none"}', '{dean}'),
  ('model_promote', '{"version": "none", "body": {"reason": "r", "replaces": "next"}}', '{dean}');
select is(array(select p.tag from person p
                 where p.tag not in ('south', 'token', 'nobody')
                   and pg_temp.refusal(format('select api.%I(:me, %L)', c.name, c.words), p.tag) !~ '^40[13]'
                     order by p.tag)::text[],
          array(select w from unnest(c.who) w order by w), c.name || ' is for ' || array_to_string(c.who, ', ')) from call c;
select is(pg_temp.refusal(format('select api.%I(:me, %L)', c.name, c.words), 'nobody'), '401 not_signed_in', c.name
       || ' for nobody who is not signed in'),
       is(pg_temp.refusal(format('select api.%I(:me, %L)', c.name, c.words), 'token'), '403 no_right',
         'nor for a program without the scope') from call c;
select * from finish();
rollback;
