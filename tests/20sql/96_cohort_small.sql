-- Who sees figures and no records cannot find few students out: not by subtracting one answer from another, as there is only one, and
-- not from what it leaves open.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
select set_config('sg.scope', '*|*', true) \g /dev/null
update core.student set status = 'inactive' where school_id = :north;
insert into core.student (school_id, external_id, given_name, family_name, email, class_year, track, status)
select :north, 'q' || i, 'G' || i, 'F' || i, '', case when i <= 2 then 2031 when i <= 30 then 2032 else 2033 end, core.track_number(case i when 60 then 'us_do' else 'us_md' end),
       'active' from generate_series(1, 60) i;
insert into core.progress (school_id, student_id, version, assessed_version) select s.school_id, s.student_id, 1, 1 from core.student s where s.external_id ~ '^q[0-9]';
insert into core.service_token (school_id, token_hash, name, scopes, created_by, created_at, expires_at)
select :north, sha256('figures'), 'figures alone', array['cohort', 'export'], p.staff_id, core.now(), core.now() + interval '1 day' from person p where p.tag = 'dean';
insert into person values ('figures', 'north', null, sha256('figures'), null, true);
create function pg_temp.ask(f text, tag text, more jsonb default '{}') returns jsonb language plpgsql as $$
declare
  v text;
begin
  execute format('select body from api.%I($1, $2)', f) into v using pg_temp.as_(tag), more;
  return v::jsonb;
end
$$;

-- no part of the whole
select is(pg_temp.refusal(format('select api.%I(:me, %L)', f, a), t), '403 no_right', format('%s: %s of %s', t, f, a))
  from (values ('{"class_year": "2032"}'), ('{"class_year": "2031,2032"}'), ('{"track": "us_md"}'), ('{"track": "any", "class_year": "none"}')) v(a)
 cross join unnest('{cohort,cohort_areas,cohort_exams,cohort_funnel,cohort_classes}'::text[]) f cross join unnest('{auditor,figures}'::text[]) t;
select is(pg_temp.refusal(format('select api.%I(:me, %L)', f, a), 'auditor'), '403 no_right', format('%s of %s', f, a))
  from (values ('cohort_funnel', '{"since": "2026-10-01"}'), ('cohort_funnel', '{"until": "2026-10-01"}'), ('cohort_exams', '{"from": "2027-01-05"}'), ('cohort_exams', '{"to": "2027-01-05"}'),
               ('cohort_exams', '{"by": "day"}')) v(f, a);
select is(pg_temp.refusal('select api.cohort(:me, ''{"class_year": "2032", "track": "us_md"}'')', 'dean'), '', 'who sees the records narrows them as they like');

-- of the whole nothing by which two are found
select is(pg_temp.ask('cohort', 'auditor') -> 'n', '57', 'the whole school, without those who are few in their class and track');
select is((select jsonb_agg(c -> 'n' order by c -> 'class_year') from jsonb_array_elements(pg_temp.ask(f, 'auditor') -> 'classes') c), want,
          f || ': nothing of a class of two') from (values ('cohort', '[28, 29]'::jsonb), ('cohort_classes', '[null, 28, 30]')) v(f, want);
select is((select jsonb_agg(c -> 'n' order by c -> 'class_year') from jsonb_array_elements(pg_temp.ask(f, 'dean') -> 'classes') c), '[2, 28, 30]', f || ': the dean sees all')
  from unnest('{cohort,cohort_classes}'::text[]) f;

-- estimates: all but three have one, and five of class 2033 are at risk
insert into core.assessment (school_id, student_id, version, parameters_id, as_of, recorded_at, state, pending_runs, results_used, readiness_mean, readiness_sd, exam_mean, exam_sd, p, p_low, p_high,
                             base_rate, growth_per_week, reasons, exam_day)
select :north, s.student_id, 1, :set_north, core.now(), core.now(), case when i between 31 and 35 or i between 9 and 20 then 1 else 3 end, 0, 5, 70, 3, 70, 4, 0.97, 0, 1, 0.9, 0.5, '[]',
       case when i > 8 then core.now()::date + 20 end
  from generate_series(1, 57) i join core.student s on s.school_id = :north and s.external_id = 'q' || i;
select is(jsonb_path_query_array(pg_temp.ask('cohort', 'dean'), '$.states[*].n'), '[17, 0, 40, 0, 3]', 'states, of all');
select is(jsonb_path_query_array(pg_temp.ask('cohort', 'auditor'), '$.states[*].n'), '[null, 0, 38, 0, null]', 'the three are hidden, and the next smallest');
select is(pg_temp.ask('cohort', 'auditor') #> '{readiness,n}', 'null', 'nor is there the number of those with an estimate, which leaves three');
select is(pg_temp.ask('cohort', 'auditor') #> '{p,n}', 'null', 'nor of those with a day besides, which leaves eight');
select is(pg_temp.ask('cohort', 'auditor') #> '{readiness,median}', '70.00', 'their median is shown');
select is(jsonb_path_query_array(pg_temp.ask('cohort', 'auditor'), '$.classes[*].states'), '[null, null]', 'states of classes would say by subtraction what those of the whole hide');
select is((select count(*) from jsonb_path_query(pg_temp.ask('cohort', 'dean'), '$.classes[*].states[*]')), 15::bigint, 'the dean has them');

-- weeks of classes: who is at risk of a class in a week, where those or all others are few
insert into ops.night (school_id, night, as_of, source, students) values (:north, core.now()::date - 7, core.now(), 'run', 60);
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
select :north, s.student_id, gen_random_uuid(), 2, 1, 1, core.now()::date + 20, core.now() from core.student s where s.external_id ~ '^q[0-9]';
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
select :north, core.now()::date - 7, a.student_id, :set_north, 4, 0.9, 0, 1, 60, 3, 60, 4, a.state, 0 from core.assessment a where a.school_id = :north and a.readiness_mean = 70;
create temp view week as
select t, w -> 'n' as n, w -> 'at_risk' as at_risk, w -> 'share_at_risk' as share, w -> 'median' as median, c -> 'class_year' as class_year
  from unnest('{dean,auditor}'::text[]) t, jsonb_array_elements(pg_temp.ask('cohort_classes', t) -> 'classes') c, jsonb_array_elements(c -> 'weeks') w;
select is((select (n, at_risk, share, median)::text from week where t = 'dean' and class_year = '2033'), '(27,5,0.1852,60.00)', 'five of 27 at risk');
select is((select (n, at_risk, share, median)::text from week where t = 'auditor' and class_year = '2033'), '(27,null,null,60.00)', 'are few');
select is((select (at_risk, share)::text from week where t = 'auditor' and class_year = '2032'), '(12,0.5455)', '12 of 22 are not');

-- the funnel: 30 flagged, 27 contacted, 12 met by way of that and one without
insert into core.case_file (school_id, student_id, attempt, state, state_since, state_why, severity, opened_at)
select :north, s.student_id, 1, 'new', core.now(), 'x', 3, core.now() - interval '5 days' from generate_series(11, 40) i join core.student s on s.school_id = :north and s.external_id = 'q' || i;
insert into core.case_contact (school_id, student_id, case_id, staff_id, at, on_day, channel, outcome)
select :north, c.student_id, c.case_id, p.staff_id, core.now(), core.now()::date - 3, 'phone', case when row_number() over (order by c.case_id) <= 13 then 'met' else 'no_answer' end
  from core.case_file c cross join (select staff_id from person where tag = 'dean') p
 where c.school_id = :north and c.student_id in (select s.student_id from core.student s where s.external_id ~ '^q[0-9]') order by c.case_id limit 27;
create temp view stage as
select t, s ->> 'stage' as stage, s -> 'n' as n, s -> 'through' as through, s -> 'pairs' as pairs, s -> 'median_days' as days
  from unnest('{dean,auditor}'::text[]) t, jsonb_array_elements(pg_temp.ask('cohort_funnel', t) -> 'stages') s;
select is((select string_agg(format('%s %s %s %s', stage, n, through, pairs), '; ') from stage where t = 'dean' and stage in ('flagged', 'contacted', 'met')),
          'flagged 30 30 0; contacted 27 27 27; met 13 13 13', 'the dean sees whom nobody called');
select is((select string_agg(format('%s %s %s %s', stage, n, through, pairs), '; ') from stage where t = 'auditor' and stage in ('flagged', 'contacted', 'met')),
          'flagged 30 30 null; contacted null null null; met 13 13 null', '27 of 30 leave three, so they are hidden');
select * from finish();
rollback;
