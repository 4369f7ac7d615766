-- Lists and pages of students, as each of the office sees them.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
create function pg_temp.list(p_tag text, p_args jsonb) returns jsonb language sql as $$
  select body::jsonb from api.students(pg_temp.as_(p_tag), p_args)
$$;
create function pg_temp.ids(p_list jsonb) returns text language sql as $$
  select coalesce(string_agg(i.item ->> 'student_id', ' ' order by i.n), '') from jsonb_array_elements(p_list -> 'items') with ordinality i(item, n)
$$;
select recorded from api.record_assessments(array[pg_temp.estimate('ada', (pg_temp.state_of('ada')).version, 0.4, 1)], '{}') \g /dev/null

-- whose
select is(pg_temp.ids(pg_temp.list(t, '{}')), want, t || ' is shown ' || coalesce(nullif(want, ''), 'nobody'))
  from (values ('dean', '1001 1002 1003'), ('ida', '1001'), ('other', ''), ('south', '1001'), ('token', '1001 1002 1003')) v(t, want);
select is(pg_temp.refusal('select api.students(:me, ''{}'')', t), '403 no_right', t || ' is shown no list')
  from unnest('{operator,auditor,admin}'::text[]) t;
select is(cardinality((api.students(pg_temp.as_('ida'), '{}')).students), 1, 'the trail is told who was on it');

-- which, and in which order
select is(pg_temp.ids(pg_temp.list('dean', a)), want, a::text)
  from (values ('{"sort": "-name"}'::jsonb, '1003 1002 1001'), ('{"sort": "p"}', '1001 1002 1003'), ('{"q": "be"}', '1002'), ('{"q": "1003"}', '1003'),
               ('{"q": "%"}', ''), ('{"class_year": "2028"}', '1001 1002'), ('{"track": "us_do"}', '1002'), ('{"state": "at_risk"}', '1001'),
               ('{"state": "none"}', '1002 1003'), ('{"status": "inactive"}', ''), ('{"limit": "1"}', '1001')) v(a, want);
select is(pg_temp.ids(pg_temp.list('dean', jsonb_build_object('limit', '1', 'cursor', pg_temp.list('dean', '{"limit": "1"}') ->> 'next'))), '1002',
          'the next page begins behind the one before');
select is(pg_temp.refusal(format('select api.students(:me, %L)', a), 'dean'), want, a)
  from (values ('{"limit": "0"}', '422 invalid'), ('{"state": "x"}', '422 invalid'), ('{"statee": "x"}', '422 unknown_field'),
               ('{"sort": "email"}', '422 invalid'), ('{"cursor": "x"}', '422 invalid'), ('{"class_year": "later"}', '422 invalid')) v(a, want);
select alike((api.students(pg_temp.as_('dean'), '{"format": "csv"}')).body, 'student_id,family_name,%"1001","Alt","Ada",2028,"us\_md","active","","at\_risk",0.4%', 'as a file');

-- one
select is(pg_temp.refusal(format('select api.%s(:me, %L)', f, jsonb_build_object('student', s)), t), want, format('%s: %s of %s', t, f, s))
  from unnest('{student,student_results,student_history,student_timeline}'::text[]) f,
       (values ('dean', '1001', ''), ('ida', '1001', ''), ('ida', '1002', '404 not_found'), ('ida', '9999', '404 not_found'), ('other', '1001', '404 not_found'),
               ('south', '1002', '404 not_found'), ('token', '1001', ''), ('operator', '1001', '403 no_right'), ('auditor', '1001', '403 no_right'),
               ('admin', '1001', '403 no_right'), ('nobody', '1001', '401 not_signed_in')) v(t, s, want);
select is((api.student(pg_temp.as_('ida'), '{"student": "1001"}')).ground, 'adviser', 'on the ground of being the adviser');
select is((api.student(pg_temp.as_('dean'), '{"student": "1001"}')).ground, 'dean of the school', 'on the ground of being the dean');
select is((api.student(pg_temp.as_('dean'), '{"student": "1001"}')).body::jsonb #>> '{assessment,p}', '0.4', 'with the estimate');

-- over time
select is(pg_temp.send('ada', pg_temp.result(1)), '01', 'a result');
select is(pg_temp.send('ada', pg_temp.result(1, revision => 1, score => 6000)), '01', 'and its correction');
select bag_eq($$ select i ->> 'kind' from jsonb_array_elements((api.student_timeline(pg_temp.as_('ida'), '{"student": "1001"}')).body::jsonb -> 'items') i
                  where i ->> 'kind' in ('result', 'correction') $$, array['result', 'correction'], 'both are on the timeline');
select is(jsonb_path_query_array((api.student_timeline(pg_temp.as_('ida'), '{"student": "1001", "kind": "correction"}')).body::jsonb,
          '$.items[*].detail.score'), '[60]', 'one kind alone');
insert into ops.night (school_id, night, as_of, source, students)
select :north, d, d + time '03:00', 'run', 3 from unnest('{2026-11-01,2026-11-02,2026-11-04}'::date[]) d;
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, p, p_low, p_high, readiness_mean, readiness_sd,
                                 exam_mean, exam_sd, state, pending_runs)
select :north, d, pg_temp.student('ada'), :set_north, 1, 0.5, 0.4, 0.6, 60, 3, 61, 4, s, 0
  from unnest('{2026-11-01,2026-11-02,2026-11-04,2026-11-05}'::date[], '{1,1,2,3}'::int2[]) v(d, s);
select is(jsonb_path_query_array((api.student_history(pg_temp.as_('ida'), '{"student": "1001"}')).body::jsonb, '$.items[*].night'),
          '["2026-11-01", "2026-11-02", "2026-11-04"]', 'nights that are whole, and no others');
select is(jsonb_path_query_array((api.student_history(pg_temp.as_('ida'), '{"student": "1001", "from": "2026-11-02", "to": "2026-11-03"}')).body::jsonb,
          '$.items[*].night'), '["2026-11-02"]', 'between two days');
select is(jsonb_path_query_array((api.student_timeline(pg_temp.as_('ida'), '{"student": "1001", "kind": "state"}')).body::jsonb,
          '$.items[*].detail.to'), '["borderline", "at_risk"]', 'nights on which the state changed, newest first');
select * from finish();
rollback;
