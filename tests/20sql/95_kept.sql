-- What is kept for reading says what would be computed: attempts, the policies' proposals, replays. Whatever is said, in whatever order.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
select set_config('sg.now', '2027-01-10 12:00Z', false) \g /dev/null
update core.session set last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
create function pg_temp.call(p_function text, p_args jsonb) returns jsonb language plpgsql as $$
declare
  v_body text;
begin
  execute format('select body from api.%I($1, $2)', p_function) into v_body using pg_temp.as_('dean'), p_args;
  return v_body::jsonb;
end
$$;
select api.roster_import('north', 'more.csv', (select jsonb_agg(jsonb_build_object('student_id', 'k' || n, 'class_year', 2027 + n % 2)) from generate_series(1, 20) n)) \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
create temp table one as select s.student_id, row_number() over (order by s.student_id) as n from core.student s where s.school_id = :north;

-- ---- attempts: kept is what the fold says

-- The fold as it stood before anything was kept, word for word in another form: one attempt after the other.
create function pg_temp.facts(p_student int8) returns jsonb language plpgsql as $$
declare
  v record;
  f jsonb := '{"attempt": 1, "failures": 0, "passed": false, "taken": false, "exam_on": null, "permit_from": null, "permit_to": null, "used": 0, "undated": false, "failed_on": null, "failure_known_on": null}';
  v_days date[] := '{}';
  v_day date;
begin
  for v in select t.* from core.student s, core.attempts_of(s.school_id, s.student_id) t where s.student_id = p_student order by t.attempt loop
    v_day := coalesce(v.taken_on, v.planned_on, v.outcome_known_on);
    f := f || jsonb_build_object('attempt', v.attempt, 'taken', v.taken_on is not null, 'exam_on', coalesce(v.taken_on, v.planned_on), 'permit_from', v.permit_from, 'permit_to', v.permit_to);
    if v.taken_on is not null or v.outcome is not null then
      f := f || jsonb_build_object('used', (f ->> 'used')::int + 1, 'undated', (f ->> 'undated')::bool or v_day is null);
      v_days := array_remove(v_days || v_day, null);
    end if;
    if v.outcome = 1 then
      f := f || '{"passed": true}';
    elsif v.outcome = 2 then
      f := f || jsonb_build_object('attempt', v.attempt + 1, 'failures', (f ->> 'failures')::int + 1, 'taken', false, 'exam_on', null, 'permit_from', null, 'permit_to', null,
                                   'failed_on', greatest((f ->> 'failed_on')::date, v_day), 'failure_known_on', greatest((f ->> 'failure_known_on')::date, v.outcome_known_on, case when v.outcome_known_on is null then v_day end));
    end if;
  end loop;
  return f || jsonb_build_object('days', (select coalesce(jsonb_agg(d order by d desc), '[]') from unnest(v_days) d));
end
$$;
create function pg_temp.apart() returns setof text language sql as $$
  select format('%s: kept %s, folded %s', s.external_id, to_jsonb(k), x.f)
    from core.student s cross join lateral core.attempt_facts(s.school_id, s.student_id) k cross join lateral (select pg_temp.facts(s.student_id) as f) x
   where to_jsonb(k) <> x.f
$$;
select is_empty('select pg_temp.apart()', 'nothing said: a first attempt without a day');
-- Statements of every kind about twenty students, from both sides, in no order, one to five of them in one insert.
create function pg_temp.say(p_seed int) returns void language sql as $$
  insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, permit_from, permit_to, outcome, outcome_known_on, made_at)
  select s.school_id, s.student_id, gen_random_uuid(), 1 + x.r[1] % 2, a.action, 1 + x.r[3] % 4, case when a.action in (1, 3) then date '2026-06-01' + x.r[4] end,
         case when a.action = 1 and x.r[5] % 2 = 0 then date '2026-05-01' end, case when a.action = 1 and x.r[5] % 3 = 0 then date '2027-05-01' + x.r[6] end,
         case when a.action = 4 then 1 + (x.r[7] % 4 > 0)::int end, case when a.action = 4 and x.r[8] % 2 = 0 then date '2026-07-01' + x.r[9] end, timestamptz '2026-05-01Z' + x.r[10] % 30 * interval '1 day'
    from generate_series(1, 1 + p_seed % 5) i
   cross join lateral (select array_agg((hashint4extended(p_seed * 100 + i * 10 + k, k) & 255)::int order by k) as r from generate_series(1, 10) k) x
   cross join lateral (select (array[1, 1, 1, 2, 3, 3, 4])[1 + x.r[2] % 7] as action) a
    join one o on o.n = 4 + (x.r[4] + x.r[6]) % 20
    join core.student s on s.student_id = o.student_id
$$;
select count(pg_temp.say(n)) from generate_series(1, 60) n \g /dev/null
select is_empty('select pg_temp.apart()', 'after sixty inserts');
select count(pg_temp.say(n)) from generate_series(61, 400) n \g /dev/null
select is_empty('select pg_temp.apart()', 'after four hundred');
select is_empty($$ select s.external_id from core.student s
                    where (select to_jsonb(p) - 'study' from core.plan_of(s.school_id, s.student_id) p) -- what is reported of weeks has another log
                          is distinct from (select to_jsonb(f) from core.plan_fold(s.school_id, s.student_id) f) $$,
                'the coming attempt is kept as the log has it');
select cmp_ok(count(*), '>', 0::bigint, 'days that moved, sittings and a dedicated period are among them')
  from core.attempt_fact where date_moves > 0 or cardinality(sittings) > 0;
select cmp_ok(count(*), '>', 3::bigint, 'students with more than one attempt, a failure and days out of order are among them') from core.attempt_fact where used > 1 and failures > 0;
select api.plans_import('north', 'x', '[{"student_id": "k1", "planned_on": "2027-02-10"}, {"student_id": "1003", "taken_on": "2026-12-01", "outcome": "fail", "outcome_known_on": "2026-12-23"}]') \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select is_empty('select pg_temp.apart()', 'after a file of the office');
select is(api.change_plan(d.school_id, d.student_id, d.device_id, d.serial, gen_random_uuid(), 1::int2, 1::int2, '2027-03-01', null, null, null, null, now()) is null, false, 'a student''s own word') from device d where d.tag = 'ben';
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select is_empty('select pg_temp.apart()', 'after a student''s own word');
select is((select f.exam_on from core.attempt_fact f where f.student_id = pg_temp.student('ben')), '2027-03-01'::date, 'which is kept');

-- ---- proposals: what is kept and still counts is what would be said

select api.plans_import('north', 'x', (select jsonb_agg(jsonb_build_object('student_id', s.external_id, 'attempt', 5, 'planned_on', date '2027-02-01' + o.n::int)) from core.student s join one o using (student_id) where s.school_id = :north)) \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
create function pg_temp.result(p_n int, p_student int8, p_score int, p_on timestamptz, p_revision int default 0, p_retracted bool default false) returns void language sql as $$
  insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat, instrument, form)
  select s.school_id, s.student_id, 1, pg_temp.id(p_n), core.now(), p_on, p_revision, p_score * 100, 1, 1, p_retracted, false, 'cbssa', 'f' || p_n from core.student s where s.student_id = p_student;
  select core.touch(s.school_id, array[p_student]) from core.student s where s.student_id = p_student;
$$;
select count(pg_temp.result(100 + o.n::int, o.student_id, 50 + (o.n * 7 % 30)::int, '2026-12-01 15:00Z')) from one o where o.n % 4 > 0 \g /dev/null
create temp table policy as
select pg_temp.call('policy_add', jsonb_build_object('body', jsonb_build_object('reason', 'new', 'rule', '{"language": 1, "title": "Ours", "by": {"days_before_exam": 30}, "decides": ["dean"], "missing": "does_not_meet",
  "require": {"all": [{"checks": {"at_least": 1, "of": [{"instrument": "cbssa", "scale": "epc", "min_score": 62}], "within_days": 45}}, {"any": [{"exam": {"planned": true, "inside_rules": true}}, {"p_pass": {"at_least": 0.8}}]}]}}'::jsonb))) as p;
update policy set p = pg_temp.call('policy_preview', jsonb_build_object('policy', p ->> 'policy_id', 'body', '{"revision": 1}'::jsonb)) -> 'policy';
update policy set p = pg_temp.call('policy_activate', jsonb_build_object('policy', p ->> 'policy_id', 'body', jsonb_build_object('revision', (p ->> 'revision')::int)));
select is(p ->> 'state', 'active', 'a policy in force') from policy;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null

-- Where something is kept that counts, it is what would be said; of how many, and of whom not.
create function pg_temp.wrong() returns setof text language sql as $$
  select format('%s: kept %s, now %s', r.student_id, k.proposal, x.proposal)
    from core.school z
    join core.clearance_rows(z.school_id, core.now()) r on true
    join core.clearance_kept_now(z.school_id, core.now()) k
      on k.student_id = r.student_id and k.policy_id = r.policy_id and k.attempt = r.attempt and k.exam_on is not distinct from r.exam_on and k.breaks = r.breaks
    left join core.clearance_proposals(z.school_id, core.now()) x on x.student_id = r.student_id
   where z.code = 'north' and not r.passed and not r.taken and k.proposal is distinct from x.proposal
$$;
create function pg_temp.counting() returns bigint language sql as $$
  select count(*) from core.school z join core.clearance_rows(z.school_id, core.now()) r on true
    join core.clearance_kept_now(z.school_id, core.now()) k
      on k.student_id = r.student_id and k.policy_id = r.policy_id and k.attempt = r.attempt and k.exam_on is not distinct from r.exam_on and k.breaks = r.breaks
   where z.code = 'north' and not r.passed and not r.taken
$$;
create function pg_temp.listed(p_args jsonb) returns text language sql as $$
  select string_agg(i #>> '{student,student_id}', ' ' order by i #>> '{student,student_id}') from jsonb_array_elements(pg_temp.call('clearance_list', p_args || '{"limit": "200"}') -> 'items') i
$$;
create function pg_temp.said(p_proposal text) returns text language sql as $$ -- without what is kept
  select string_agg(s.external_id, ' ' order by s.external_id) from core.school z join core.clearance_proposals(z.school_id, core.now()) x on true
    join core.student s on s.school_id = z.school_id and s.student_id = x.student_id where z.code = 'north' and x.proposal = p_proposal
$$;
select is_empty('select pg_temp.wrong()', 'made active: what is kept is right'), is(pg_temp.counting(), (select count(*) from core.clearance_proposals(:north, core.now())), 'and there for all');
select pg_temp.counting() as all_of_them \gset
select is(pg_temp.listed(jsonb_build_object('proposal', x)), (select pg_temp.said(x) from set_config('sg.scope', '{' || :north || '}|*', false)), x) from unnest('{meets,does_not_meet,cannot_say}'::text[]) x;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select cmp_ok(count(distinct k.proposal), '>=', 2::bigint, 'not all the same') from core.clearance_kept k;

-- One thing after the other that a proposal is made from; each time nothing wrong counts, and the list is as without.
create function pg_temp.holds(p_what text, p_fewer bool default true) returns setof text language plpgsql as $$
begin
  perform set_config('sg.scope', (select '{' || school_id || '}|*' from core.school where code = 'north'), false);
  return query select is_empty('select pg_temp.wrong()', p_what || ': nothing wrong counts');
  return query select is(pg_temp.counting() < (select count(*) from core.clearance_proposals(s.school_id, core.now())), p_fewer, p_what || case when p_fewer then ': of some nothing counts' else ': all counts' end) from core.school s where s.code = 'north';
  return query select is(pg_temp.listed(jsonb_build_object('proposal', x)), (select pg_temp.said(x) from set_config('sg.scope', (select '{' || school_id || '}|*' from core.school where code = 'north'), false)), p_what || ': the list, ' || x)
    from unnest('{meets,does_not_meet}'::text[]) x;
  perform set_config('sg.scope', (select '{' || school_id || '}|*' from core.school where code = 'north'), false);
end
$$;
savepoint kept;
select pg_temp.result(200 + o.n::int, o.student_id, 80, '2027-01-08 15:00Z') from one o where n % 5 = 0 \g /dev/null
select pg_temp.holds('better results');
rollback to kept;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select pg_temp.result(100 + n::int, o.student_id, 40, '2026-12-01 15:00Z', 1) from one o where n % 3 = 0 and n % 4 > 0 \g /dev/null
select pg_temp.holds('corrected results');
rollback to kept;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select pg_temp.result(100 + n::int, o.student_id, 40, '2026-12-01 15:00Z', 1, true) from one o where n % 2 = 0 and n % 4 > 0 \g /dev/null
select pg_temp.holds('withdrawn results');
rollback to kept;
select api.plans_import('north', 'x', '[{"student_id": "k3", "attempt": 5, "planned_on": "2027-01-12"}, {"student_id": "k6", "attempt": 5, "planned_on": "2027-06-01"}]') \g /dev/null
select pg_temp.holds('moved exams');
rollback to kept;
select api.roster_import('north', 'more.csv', '[{"student_id": "k3", "class_year": 2027, "deadline": "2027-01-20"}]') \g /dev/null
select pg_temp.holds('a deadline in the roster');
rollback to kept;
select pg_temp.call('calendar_rule_set', '{"body": {"code": "taken_by", "day": "2027-02-05", "reason": "handbook", "revision": 0}}') \g /dev/null
select pg_temp.holds('a rule of the calendar');
rollback to kept;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select core.touch(:north, array[pg_temp.student('ada')]) \g /dev/null
select * from api.record_assessments(array[pg_temp.estimate('ada', (select version from core.progress where student_id = pg_temp.student('ada')), 0.95, 3, core.now())], '{}') \g /dev/null
select pg_temp.holds('an estimate');
rollback to kept;
select set_config('sg.now', '2027-01-25 12:00Z', false) \g /dev/null
update core.session set last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
select pg_temp.holds('another day');
select api.clearance_sweep('north') \g /dev/null
select pg_temp.holds('after that day''s night', false);
rollback to kept;
select set_config('sg.now', '2027-01-10 12:00Z', false) \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select pg_temp.result(300, k.student_id, 80, '2027-01-10 12:30Z') from (select student_id from core.clearance_kept where proposal <> 'meets' order by student_id limit 1) k \g /dev/null
select api.clearance_sweep('north') \g /dev/null
select set_config('sg.now', '2027-01-10 13:00Z', false) \g /dev/null
update core.session set last_seen_at = core.now();
select pg_temp.holds('a result that begins to count while nothing happens');
rollback to kept;
select set_config('sg.now', '2027-01-10 12:00Z', false) \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null

-- ---- replays

create function pg_temp.replayed(p_args jsonb default '{}') returns jsonb language sql as $$
  select pg_temp.call('policy_replay', p_args || jsonb_build_object('policy', (select p ->> 'policy_id' from policy))) - '{policy_id,revision}'::text[]
$$;
create function pg_temp.anew() returns jsonb language sql as $$
  select core.policy_replay(p.school_id, p.rule, '2025-01-10', '2027-01-10') from core.policy p where p.state = 'active'
$$;
create temp table before as select pg_temp.anew() as d;
select cmp_ok((d ->> 'attempts')::int, '>', 3, 'there is something to replay') from before;
select is(pg_temp.replayed(), d, 'kept when it was made active') from before;
update core.policy_replay_kept set document = '{"kept": true}';
select is(pg_temp.replayed(), '{"kept": true}', 'and read, not computed'), is(pg_temp.replayed('{"from": "2025-01-10"}'), '{"kept": true}', 'also by its days'), isnt(pg_temp.replayed('{"from": "2025-01-11"}'), '{"kept": true}', 'other days are computed');
savepoint replay;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select pg_temp.result(400, f.student_id, 90, '2026-06-01 15:00Z') from core.attempt_fact f where f.used > 0 and not f.passed limit 1 \g /dev/null
select is(pg_temp.replayed(), (select pg_temp.anew() from set_config('sg.scope', '{' || :north || '}|*', false)), 'a result of somebody who sat: computed');
rollback to replay;
select api.plans_import('north', 'x', '[{"student_id": "1002", "attempt": 5, "taken_on": "2027-01-08"}]') \g /dev/null
select is(pg_temp.replayed(), (select pg_temp.anew() from set_config('sg.scope', '{' || :north || '}|*', false)), 'somebody sat: computed');
rollback to replay;
select api.clearance_sweep('north') \g /dev/null
select is(pg_temp.replayed(), d, 'the night keeps it anew') from before;

-- ---- courses of classes

-- Nights two a week, one left out, of students of three tracks whose exams lie around them; some have no estimate in some nights.
select api.roster_import('north', 'w.csv', (select jsonb_agg(jsonb_build_object('student_id', 'w' || n, 'class_year', 2031 + n % 2, 'track', (array['us_md', 'us_do', 'non_us'])[1 + n % 3], 'dedicated_start', date '2026-10-01' + n)) from generate_series(1, 24) n)) \g /dev/null
select api.plans_import('north', 'w.csv', (select jsonb_agg(jsonb_build_object('student_id', 'w' || n, 'planned_on', date '2026-11-10' + 4 * n)) from generate_series(1, 23) n)) \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
create temp table walker as select s.student_id, substr(s.external_id, 2)::int as n from core.student s where s.school_id = :north and s.external_id like 'w%';
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, dedicated_start, made_at)
select :north, w.student_id, gen_random_uuid(), 1, 1, 1, date '2026-11-11' + 4 * w.n, date '2026-10-15' - w.n, '2026-08-01' from walker w where w.n % 4 = 0;
insert into core.assessment (school_id, student_id, version, parameters_id, as_of, recorded_at, state, pending_runs, results_used, exam_day, readiness_mean, readiness_sd, exam_mean, exam_sd,
                             p, p_low, p_high, base_rate, growth_per_week, reasons)
select :north, w.student_id, 1, :set_north, core.now(), core.now(), 1, 0, 4, date '2026-11-10' + 4 * w.n, 60, 3, 60, 4, 0.5, 0, 1, 0.9, 0, '[]' from walker w where w.n < 24;
select api.plans_import('north', 'w.csv', '[{"student_id": "w1", "taken_on": "2026-11-18"}, {"student_id": "w2", "taken_on": "2026-11-18", "outcome": "fail", "outcome_known_on": "2026-12-09"}]') \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
insert into ops.night (school_id, night, as_of, source, students) select :north, d, d + interval '8 h', 'run', 9 from generate_series(timestamp '2026-09-01', '2027-01-09', interval '4 days') g(d) where d::date <> '2026-10-15';
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, exam_day, p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
select :north, n.night, o.student_id, :set_north, 4, null, 0.5, 0, 1, 50 + (o.n * 7 + extract(doy from n.night)::int * 3) % 25 + 0.1, 3, 60, 4, 1 + (o.n + extract(doy from n.night)::int) % 4, 0
  from ops.night n, walker o where n.school_id = :north and (o.n + extract(day from n.night)::int) % 7 > 0;
-- Where what is told is not what would be computed, of everything that can be asked; and what is told of a class from what is kept.
create function pg_temp.courses_apart() returns setof text language sql as $$
  select format('%s %s %s', q.by, q.years, q.track)
    from core.school z cross join (select b.by, y.years, t.track from unnest('{exam,dedicated}'::text[]) b(by) cross join unnest('{null,0,1,2}'::int2[]) t(track)
                                    cross join (values (null::int2[]), ('{2031}'), ('{2032,0}'), ('{1999}')) y(years)) q
   cross join lateral (select core.course_weeks(q.by) as w) w
   where z.code = 'north'
     and exists ((select * from core.courses_known(z.school_id, q.by, q.years, q.track) except all select * from core.class_courses(z.school_id, q.by, q.years, q.track, w.w[1], w.w[2]))
                 union all
                 (select * from core.class_courses(z.school_id, q.by, q.years, q.track, w.w[1], w.w[2]) except all select * from core.courses_known(z.school_id, q.by, q.years, q.track)))
$$;
create function pg_temp.courses_read() returns text language plpgsql as $$ -- the classes, all tracks, of which what is kept is read
begin
  update core.course_kept set at_risk = array_fill(-1::int8, array[cardinality(weeks)]);
  return coalesce((select string_agg(distinct b.by || ' ' || coalesce(k.class_year, 0), ', ' order by b.by || ' ' || coalesce(k.class_year, 0))
                     from core.school z cross join unnest('{exam,dedicated}'::text[]) b(by) cross join lateral core.courses_known(z.school_id, b.by, null, null) k where z.code = 'north' and k.at_risk < 0), 'none');
end
$$;
-- One thing after the other that a course is made from; undone each time.
create function pg_temp.courses(p_what text, p_read text, p_anew int) returns setof text language plpgsql as $$
declare
  v_school int4 := (select school_id from core.school where code = 'north');
begin
  perform set_config('sg.scope', format('{%s}|*', v_school), false);
  return query select is_empty('select pg_temp.courses_apart()', p_what || ': what is told is what would be computed');
  begin
    return query select is(pg_temp.courses_read(), p_read, p_what || ': read, not computed');
    raise exception using errcode = 'UNDO0';
  exception when sqlstate 'UNDO0' then null;
  end;
  return query select is(core.courses_keep(v_school), p_anew, p_what || ': so many are kept anew');
  return query select is_empty('select pg_temp.courses_apart()', p_what || ', kept anew');
end
$$;
select cmp_ok(count(*), '>', 30::bigint, 'there are courses') from core.class_courses(:north, 'exam', null, null, -20, 0);
delete from core.course_kept;
select pg_temp.courses('nothing kept', 'none', 30);
select pg_temp.courses('all kept', 'dedicated 2031, dedicated 2032, exam 2031, exam 2032', 0);
savepoint course;
update core.assessment set exam_day = '2027-03-01' where school_id = :north and student_id = (select student_id from walker where n = 5);
select pg_temp.courses('an exam moved', 'dedicated 2031, exam 2031', 4);
rollback to course;
select api.plans_import('north', 'x', '[{"student_id": "w6", "taken_on": "2026-12-03"}]') \g /dev/null
select pg_temp.courses('somebody sat', 'dedicated 2032, exam 2032', 4);
rollback to course;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
update core.student set dedicated_day = dedicated_day + 1 where school_id = :north and external_id = 'w3';
select pg_temp.courses('another dedicated period', 'dedicated 2031, exam 2031, exam 2032', 2);
rollback to course;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
update core.student set status = 'inactive' where school_id = :north and external_id = 'w4';
select pg_temp.courses('somebody left', 'dedicated 2032, exam 2032', 4);
rollback to course;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
update core.student set class_year = 2031 where school_id = :north and external_id = 'w5';
select pg_temp.courses('somebody changed class', 'none', 8);
rollback to course;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, exam_day, p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
select :north, '2027-01-10', o.student_id, :set_north, 4, null, 0.5, 0, 1, 70, 3, 60, 4, 3, 0 from walker o;
select pg_temp.courses('a night on its way', 'dedicated 2031, dedicated 2032, exam 2031, exam 2032', 0);
select api.night_keep('north', '2027-01-10', '2027-01-10 08:00Z', 'run') \g /dev/null
select pg_temp.courses('another night', 'none', 30);
rollback to course;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
delete from core.course_kept where counted = 'exam' or track > 0;
select api.cases_sweep('north', null) \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select is((select string_agg(format('%s %s', counted, class_year), ', ' order by class_year) from core.course_kept where counted = 'exam'), 'exam 0', 'between nights one at a time, all tracks first');
select api.clearance_sweep('north') \g /dev/null
select pg_temp.courses('after the night', 'dedicated 2031, dedicated 2032, exam 2031, exam 2032', 0);
rollback to course;
select * from finish();
rollback;
