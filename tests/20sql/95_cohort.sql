-- Figures of classes, each against what it comes to by hand in a school of eleven, and each link against the list it leads to.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
select set_config('sg.scope', '*|*', true) \g /dev/null
select set_config('sg.now', '2027-03-01T15:00:00Z', true) \g /dev/null
update core.session set created_at = core.now(), last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
update core.service_token set expires_at = core.now() + interval '1 day';
update core.ground set valid_from = core.now() - interval '1 day' where ended_at is null;
insert into core.service_token (school_id, token_hash, name, scopes, created_by, created_at, expires_at)
select :north, sha256('figures'), 'figures alone', array['cohort', 'export'], p.staff_id, core.now(), core.now() + interval '1 day' from person p where p.tag = 'dean';
insert into person values ('figures', 'north', null, sha256('figures'), null, true);

-- what charts draw is read from the parameters
update ops.parameter_set set body = E'version = x ; label\ncut_epc = 60   ; EPC\n  floor = 0.85\nceiling = 0.92 ; x = 3\nthin_sd_epc = 9\narea_probability = 0.8\n'
  'area_window_days = 120\nreadiness_checks = cbssa cbse ; codes' where school_id = :north;
select is(row(l.*)::text, '(default-1,60,0.85,0.92,9,0.8,120,"{cbssa,cbse}")', 'the lines of the model') from core.model_lines(:north) l;
select is(core.parameter(E'; cut_epc = 1\nnot_cut_epc = 2\ncut_epc=3;4', 'cut_epc'), '3', 'a name is a whole one, and comments are none');
select is(core.parameter('cut_epc = 3', 'cut'), null, 'nor its beginning');

-- a school: n, class, track, state, p, readiness, exam in so many days, effort, check days ago
update core.student set status = 'inactive' where school_id = :north and external_id in ('1002', '1003');
create temp table plan as
select * from (values
  (1, 2028, 0, 1, 0.20, 52.0,   10,  100,   3), (2, 2028, 0, 1, 0.60, 59.9,   40,  400,  20), (3, 2028, 1, 2, 0.86, 62.0,   70,  300,  10),
  (4, 2028, 0, 3, 0.97, 70.5,   80,  900,   5), (5, 2028, 2, 4, 0.88, 63.0,   20,  200,  60), (6, 2028, 0, 4, 0.90, 66.0, null,    0, null),
  (7, 2027, 0, 1, 0.30, 60.0,   30,  500,   9), (8, 2027, 0, 3, 0.99, 75.0,  -40, 1000,  40), (9, 2027, 1, 1, 0.10, 48.0,  -30,  150,  50),
  (10, 2027, 0, 3, 0.95, 71.0, -10,  800,  15), (11, null, 0, 0, null, null, null, null, null)
) v(n, year, track, state, p, readiness, exam, effort, checked);
insert into core.student (school_id, external_id, given_name, family_name, class_year, track)
select :north, 'k' || n, 'Viridian', 'Hackberry' || n, year, track from plan;
insert into core.progress (school_id, student_id, version, assessed_version)
select s.school_id, s.student_id, 1, 1 from core.student s where s.external_id like 'k%';
create temp view k as select p.*, s.student_id, date '2027-03-01' + exam as day from plan p join core.student s on s.external_id = 'k' || p.n and s.school_id = :north;
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
select :north, student_id, gen_random_uuid(), 2, 1, 1, day, '2027-01-01' from k where day is not null;
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
select :north, student_id, gen_random_uuid(), 2, 3, 1, day, '2027-02-25' from k where n in (8, 9, 10);
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, outcome, made_at)
select :north, student_id, gen_random_uuid(), 2, 4, 1, case n when 8 then 1 else 2 end, '2027-02-26' from k where n in (8, 9);
insert into core.assessment (school_id, student_id, version, parameters_id, as_of, recorded_at, state, pending_runs, results_used, exam_day, readiness_mean, readiness_sd,
                             exam_mean, exam_sd, p, p_low, p_high, base_rate, growth_per_week, last_check_at, reasons, effort_items, area_numbers, area_items,
                             area_correct, area_difference_centi, weak_areas)
select :north, student_id, 1, :set_north, '2027-03-01T08:00:00Z', '2027-03-01', state, 0, 5, day, readiness, 3, readiness, case n when 6 then 10 else 4 end, p, 0, 1, 0.9, 0.5,
       timestamptz '2027-03-01T08:00:00Z' - checked * interval '1 day', '[]', effort, case when n <= 3 then '{3,21}'::int4[] end,
       case when n <= 3 then array[10 * n, 5] end, case when n <= 3 then array[4 * n, 5] end, case when n <= 3 then array[-100 * n, 250] end,
       case n when 1 then '{3}'::int4[] when 2 then '{3,21}' when 3 then '{}' end
  from k where state > 0;

create function pg_temp.ask(p_name text, p_args jsonb = '{}', p_tag text = 'dean') returns jsonb language plpgsql as $$
declare
  v_body text;
begin
  execute format('select body from api.%I($1, $2)', p_name) into v_body using pg_temp.as_(p_tag), p_args;
  return v_body::jsonb;
end
$$;
-- Whom a link leads to: "1 2 7".
create function pg_temp.led(p_query text) returns text language sql as $$
  select coalesce(string_agg(substr(i ->> 'student_id', 2), ' ' order by substr(i ->> 'student_id', 2)::int4), '')
    from jsonb_array_elements(pg_temp.ask('students', coalesce((select jsonb_object_agg(split_part(q, '=', 1), split_part(q, '=', 2))
                                                                  from unnest(string_to_array(nullif(p_query, ''), '&')) q), '{}') || '{"limit": "200"}') -> 'items') i
   where i ->> 'student_id' like 'k%'
$$;
create temp table now_ as select pg_temp.ask('cohort') as a;
update core.student set status = 'inactive' where school_id = :north and external_id = '1001';
update now_ set a = pg_temp.ask('cohort');

-- the overview
select is(jsonb_path_query_array(a, '$.students[*].n'), '[9, 1, 1]', 'nine are to sit (one again), one waits, one has passed') from now_;
select is(jsonb_path_query_array(a, '$.states[*].n'), '[4, 1, 1, 2, 1]', 'states of those who are to sit') from now_;
select is((select string_agg(format('%s: %s', s ->> 'state', pg_temp.led(s ->> 'students')), '; ') from now_, jsonb_array_elements(a -> 'states') s),
          'at_risk: 1 2 7 9; borderline: 3; on_track: 4; cannot_say: 5 6; none: 11', 'each leads to its students');
select is((select string_agg(format('%s: %s', s ->> 'name', pg_temp.led(s ->> 'students')), '; ') from now_, jsonb_array_elements(a -> 'cannot_say') s),
          'no_results: ; too_wide: 6; no_check: ; check_old: 5', 'and why nothing can be said');
select is(a -> 'n', '9', 'n') from now_;
select is((a #> '{readiness}') - 'bins' - 'edges', '{"n": 8, "q1": 57.93, "median": 61.00, "q3": 63.75, "below_line": 3}', 'readiness: 48 52 59.9 60 62 63 66 70.5') from now_;
select is(a #> '{readiness,edges}', '[48, 50, 52, 54, 56, 58, 60, 62, 64, 66, 68, 70, 72]', 'edges hold all of them, and the pass line is one') from now_;
select is((select string_agg(pg_temp.led(b ->> 'students'), '|') from now_, jsonb_array_elements(a #> '{readiness,bins}') b), '9||1|||2|7|3 5||6||4', 'each bin leads to its students');
select is((a #> '{p}') - 'bins' - 'edges', '{"n": 7, "q1": 0.2500, "median": 0.6000, "q3": 0.8700, "no_day": 1}', 'P on the planned day: .1 .2 .3 .6 .86 .88 .97; one has no day') from now_;
select is((select string_agg(pg_temp.led(b ->> 'students'), '|') from now_, jsonb_array_elements(a #> '{p,bins}') b), '||9||1||7||||||2|||||3 5||4', 'each bin of P');
select is(jsonb_path_query_array(a, '$.classes[*].n'), '[2, 6, 1]', 'by class') from now_;
select is(jsonb_path_query_array(a, '$.classes[*].class_year'), '[2027, 2028, null]', 'the last of whom none is known') from now_;
select is((select string_agg(pg_temp.led(c ->> 'students'), '|') from now_, jsonb_array_elements(a -> 'classes') c), '7 9|1 2 3 4 5 6|11', 'lead there');
select is(a #> '{classes,1,readiness}', '{"n": 6, "q1": 60.43, "median": 62.50, "q3": 65.25}', 'quartiles of a class: 52 59.9 62 63 66 70.5') from now_;
select is(jsonb_path_query_array(a, '$.exams[*].n'), '[3, 4, 6]', 'in 30, 60, 90 days, today and the last day with') from now_;
select is(pg_temp.led(a #>> '{exams,0,students}'), '1 5 7', 'who sits in 30 days') from now_;
select is(pg_temp.led(a #>> '{no_exam_day,students}'), '6 11', 'who has no day') from now_;
select is(a #> '{as_of}', '{"first": "2027-03-01T08:00:00+00:00", "last": "2027-03-01T08:00:00+00:00"}', 'as of') from now_;
select is(a -> 'compared', '[]', 'no night was kept: nothing to compare with') from now_;
select is(pg_temp.ask('cohort', a) -> 'n', n, a::text)
  from (values ('{"class_year": "2028"}'::jsonb, '6'::jsonb), ('{"class_year": "2027,2028"}', '8'), ('{"class_year": "none"}', '1'), ('{"track": "us_do"}', '2'),
               ('{"class_year": "2028", "track": "us_md"}', '4'), ('{"class_year": "2020"}', '0')) v(a, n);
select is(pg_temp.led(pg_temp.ask('cohort', '{"class_year": "2028", "track": "us_md"}') #>> '{states,0,students}'), '1 2', 'a filter is in the links');
select is(pg_temp.refusal(format('select api.cohort(:me, %L)', a), 'dean'), '422 invalid', a)
  from unnest('{"{\"class_year\": \"soon\"}","{\"class_year\": \"2027,\"}","{\"track\": \"md\"}","{\"since\": \"2027-02-30\"}"}'::text[]) a;

-- since then
insert into ops.night (school_id, night, as_of, source, students)
select :north, d, d + interval '8 h', 'run', 9 from unnest('{2027-02-22,2027-02-27,2027-02-28,2027-03-01}'::date[]) d;
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, exam_day, p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd,
                                 state, pending_runs)
select :north, d, student_id, :set_north, 4, day, case n when 1 then 0.26 when 2 then 0.62 when 4 then 0.96 when 5 then 0.70 else p end, 0, 1, readiness - 1, 3, 60, 4,
       case n when 3 then 1 when 7 then 2 when 9 then 4 else state end, 0
  from k, unnest('{2027-02-22,2027-02-27,2027-02-28,2027-03-01}'::date[]) d where state > 0 and n <> 6;
update now_ set a = pg_temp.ask('cohort', '{"since": "2027-02-28"}');
select is(jsonb_path_query_array(a, '$.compared[*].night'), '["2027-02-28", "2027-02-22", "2027-02-27"]', 'yesterday, a week ago, and before the day asked for') from now_;
select is((a #> '{compared,0}') - 'states', '{"what": "yesterday", "night": "2027-02-28", "as_of": "2027-02-28T08:00:00+00:00", "source": "run", "new": 1, "worse": 2, "better": 2,
  "same": 3, "readiness": {"n": 7, "then": 59.00, "now": 60.00, "change": 1.00}}', '1 fell by 6 points, 7 to at risk; 3 rose a state, 5 by 18 points; 6 is new') from now_;
select is((select string_agg(format('%s>%s', s ->> 'then', s ->> 'now'), ' ') from now_, jsonb_array_elements(a #> '{compared,0,states}') s), '3>4 1>1 1>1 2>2 2>1', 'states then and now');
select is(core.course_kind(f::int2, fp::float8, t::int2, tp::float8, 10), want, format('%s %s to %s %s', f, fp, t, tp))
  from (values (1::int2, 0.5, 1::int2, 0.54, 'same'), (1, 0.5, 1, 0.55, 'better'), (1, 0.5, 1, 0.45, 'worse'), (3, 0.95, 4, 0.95, 'same'), (4, 0.5, 1, 0.3, 'worse'), (4, 0.5, 3, 0.96, 'better'),
               (2, 0.86, 1, 0.84, 'worse'), (2, 0.86, 3, 0.87, 'better'), (null, null, 2, 0.9, 'new'), (2, 0.9, null, null, null)) v(f, fp, t, tp, want);

-- effort
select is(pg_temp.ask('cohort_effort') #> '{lines}', '{"effort": {"at": 250, "text": "Median of the students shown", "source": "median"}, "readiness": {"at": 60,
  "text": "Pass line, EPC, of the parameters default-1", "source": "parameters"}}', 'median of 0 100 150 200 300 400 500 900');
select is((select string_agg(format('%s %s: %s', q ->> 'name', q ->> 'n', pg_temp.led(q ->> 'students')), '; ') from jsonb_array_elements(pg_temp.ask('cohort_effort') -> 'quadrants') q),
          'less_below 2: 1 9; less_above 2: 5 6; more_below 1: 2; more_above 3: 3 4 7', 'what lies on a line is above it');
select is(pg_temp.ask('cohort_effort', '{"class_year": "2027"}') -> 'points', '{"student_id": ["k7", "k9"], "given_name": ["Viridian", "Viridian"], "family_name": ["Hackberry7", "Hackberry9"],
  "class_year": [2027, 2027], "effort": [500, 150], "readiness": [60.00, 48.00], "state": ["at_risk", "at_risk"]}', 'points, as columns');
select is(cardinality((api.cohort_effort(pg_temp.as_('dean'), '{}')).students), 8, 'the trail is told of every point');
select is(cardinality((api.cohort(pg_temp.as_('dean'), '{}')).students), 0, 'and of nobody where there are figures alone');
update core.assessment set effort_items = null where school_id = :north and student_id = (select student_id from k where n = 1);
select is(pg_temp.ask('cohort_effort') - 'points' - 'quadrants' - 'lines' @> '{"n": 7, "unknown": 1}', true, 'who was estimated by an older program is counted apart');

-- areas
select is(jsonb_path_query_array(pg_temp.ask('cohort_areas'), '$.cells[*] ? (@.all == true)'), '[
  {"all": true, "class_year": null, "axis": "system", "area": "behavioral_nervous", "shown": "hatched", "n": 3, "items": 60, "correct": 24, "percent": 40.0, "estimate": 56.0, "weak": 2,
   "students": "stage=to_sit&weak_area=system.behavioral_nervous"},
  {"all": true, "class_year": null, "axis": "discipline", "area": "pathology", "shown": "hidden", "n": 3, "items": 15, "correct": null, "percent": null, "estimate": null, "weak": 1,
   "students": "stage=to_sit&weak_area=discipline.pathology"}]', '24 of 60; (51 + 57.9 + 59) / 3; below 25 items nothing is shown');
select is(pg_temp.led('weak_area=system.behavioral_nervous'), '1 2', 'weak there');
select is(pg_temp.ask('cohort_areas') @> '{"n": 3, "without": 6, "weak_above": 0.8, "window_days": 120, "least_items": 25, "crossed": {"available": false}}', true, 'what it rests on');
select is(pg_temp.refusal('select api.students(:me, ''{"weak_area": "system.heart"}'')', 'dean'), '422 invalid', 'no such area');

-- exams
select is((select string_agg(format('%s %s %s', i ->> 'from', i ->> 'to', i ->> 'n'), '; ') from jsonb_array_elements(pg_temp.ask('cohort_exams', '{"to": "2027-04-14"}') -> 'items') i),
          '2027-03-01 2027-03-07 0; 2027-03-08 2027-03-14 1; 2027-03-15 2027-03-21 1; 2027-03-22 2027-03-28 0; 2027-03-29 2027-04-04 1; 2027-04-05 2027-04-11 1; 2027-04-12 2027-04-14 0', 'by week, from Monday');
select is(jsonb_array_length(pg_temp.ask('cohort_exams', '{"by": "day", "from": "2027-03-03", "to": "2027-03-12"}') -> 'items'), 10, 'by day, empty ones too');
select is((select string_agg(pg_temp.led(i ->> 'students'), '|') from jsonb_array_elements(pg_temp.ask('cohort_exams', '{"to": "2027-04-14"}') -> 'items') i), '|1|5||7|2|', 'each leads to its students');
select is((select (sum((i ->> 'last_safe_days')::int4), sum((i ->> 'deadlines')::int4))::text from jsonb_array_elements(pg_temp.ask('cohort_exams') -> 'items') i),
          (select (count(r.last_safe_on), 0)::text from core.calendar_rows(:north, core.now()) r join k using (student_id) where r.last_safe_on between '2027-03-01' and '2027-05-30'), 'last safe days are the calendar''s');
select is(pg_temp.refusal(format('select api.cohort_exams(:me, %L)', a), 'dean'), '422 invalid', a)
  from unnest('{"{\"from\": \"2027-03-02\", \"to\": \"2027-03-01\"}","{\"by\": \"day\", \"to\": \"2027-07-01\"}","{\"to\": \"2028-07-01\"}"}'::text[]) a;

-- the funnel
insert into core.case_file (school_id, student_id, attempt, state, state_since, state_why, severity, opened_at)
select :north, student_id, case n when 9 then 2 else 1 end, 'new', at, 'x', 3, at from k, lateral (select timestamptz '2027-01-10T20:00:00Z' + n * interval '1 day' as at) t where n in (1, 2, 3, 7, 8, 9);
insert into core.case_contact (school_id, case_id, student_id, staff_id, at, on_day, channel, outcome)
select :north, c.case_id, k.student_id, p.staff_id, core.now(), date '2027-01-10' + k.n + x.after, 'email', x.outcome
  from k join core.case_file c on c.student_id = k.student_id join person p on p.tag = 'dean',
       (values (1, 2, 'no_answer'), (1, 4, 'met'), (2, 6, 'met'), (3, 1, 'left_message'), (8, 2, 'met')) x(n, after, outcome) where x.n = k.n;
insert into core.case_plan_item (school_id, case_id, student_id, kind, state, created_by, created_at, changed_at)
select :north, c.case_id, k.student_id, 'tutoring', x.state, p.staff_id, timestamptz '2027-01-30T12:00:00Z', core.now()
  from k join core.case_file c on c.student_id = k.student_id join person p on p.tag = 'dean', (values (1, 'agreed'), (2, 'dropped'), (8, 'done')) x(n, state) where x.n = k.n;
insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat, instrument, form)
select :north, k.student_id, 1, pg_temp.id(900 + x.id), core.now(), x.at::timestamptz, x.revision, 6000, 1, x.mode, x.gone, x.again, x.what, 'f'
  from k, (values (1, 1, '2027-02-09T12:00Z', 0, 1, false, false, 'cbssa'), (1, 2, '2027-02-03T12:00Z', 0, 1, false, false, 'qbank_uworld'), (1, 3, '2027-02-02T12:00Z', 0, 2, false, false, 'cbssa'),
                  (1, 4, '2027-02-02T12:00Z', 0, 1, false, true, 'cbssa'), (2, 5, '2027-02-04T12:00Z', 0, 1, false, false, 'cbse'), (2, 5, '2027-02-04T12:00Z', 1, 1, true, false, 'cbse'),
                  (8, 6, '2027-01-19T12:00Z', 0, 1, false, false, 'cbse'), (8, 7, '2027-01-05T12:00Z', 0, 1, false, false, 'cbse')) x(n, id, at, revision, mode, gone, again, what) where x.n = k.n;
insert into core.clearance (school_id, student_id, attempt, revision, state, proposal, findings, evidence, reviewed, reason, staff_id, role, decided_at)
select :north, k.student_id, x.attempt, 1, x.state, 'no_policy', '[]', '[]', '{results}', 'words', p.staff_id, 'dean', x.at::timestamptz
  from k join person p on p.tag = 'dean', (values (1, 1, 'cleared', '2027-02-19T12:00Z'), (3, 1, 'not_cleared', '2027-02-19T12:00Z'), (8, 1, 'cleared', '2027-01-01T12:00Z')) x(n, attempt, state, at) where x.n = k.n;
create temp table funnel as select pg_temp.ask('cohort_funnel', '{"since": "2027-01-11", "until": "2027-01-20"}') as a;
select is((select string_agg(format('%s %s/%s %s', s ->> 'stage', s ->> 'n', s ->> 'through', pg_temp.led(s ->> 'students')), '; ') from funnel, jsonb_array_elements(a -> 'stages') s),
          'flagged 6/6 1 2 3 7 8 9; contacted 4/4 1 2 3 8; met 3/3 1 2 8; plan 2/2 1 8; retested 2/2 1 8; cleared 1/1 1; passed 1/0 8', 'who came how far');
select is((select string_agg(format('%s %s of %s', s ->> 'stage', s ->> 'median_days', s ->> 'pairs'), '; ') from funnel, jsonb_array_elements(a -> 'stages') s),
          'flagged  of 0; contacted 2 of 4; met 0 of 3; plan 12.5 of 2; retested 10 of 1; cleared 10 of 1; passed  of 0', 'and how long it took: 2 6 1 2 days; 2 0 0; 15 10; 10; 10');
select is((select string_agg(format('%s %s', c ->> 'class_year', jsonb_path_query_array(c, '$.stages[*].n')), '; ') from funnel, jsonb_array_elements(a -> 'classes') c),
          '2027 [3, 1, 1, 1, 1, 0, 1]; 2028 [3, 3, 2, 1, 1, 1, 0]', 'by class');
select is(jsonb_path_query_array(pg_temp.ask('cohort_funnel', '{"since": "2027-01-13", "until": "2027-01-17", "class_year": "2028"}'), '$.stages[*].n'), '[1, 1, 0, 0, 0, 0, 0]', 'days are with, and of the class');
select is(pg_temp.refusal(format('select api.%s(:me, %L)', f, a), 'dean'), '422 invalid', f || a)
  from (values ('cohort_funnel', '{"since": "2027-03-02", "until": "2027-03-01"}'), ('cohort_funnel', '{"since": "2020-03-02"}'), ('students', '{"funnel": "away"}'), ('students', '{"since": "2027-01-01"}')) v(f, a);

-- classes
select is(jsonb_path_query_array(pg_temp.ask('cohort_classes'), '$.classes[*].first_attempts'), '[{"k": null, "n": null, "low": null, "high": null, "share": null, "hidden": true},
  {"k": null, "n": null, "low": null, "high": null, "share": null, "hidden": true}, {"k": null, "n": null, "low": null, "high": null, "share": null, "hidden": true}]', 'two outcomes are too few to be a rate');
select is(jsonb_path_query_array(pg_temp.ask('cohort_classes', '{"class_year": "2028"}'), '$.classes[0].weeks[*] ? (@.week >= -4)'), '[
  {"week": -3, "n": 1, "q1": 62.00, "median": 62.00, "q3": 62.00, "at_risk": 0, "share_at_risk": 0.0000},
  {"week": -2, "n": 1, "q1": 51.00, "median": 51.00, "q3": 51.00, "at_risk": 1, "share_at_risk": 1.0000}]', 'k5 sits on 21 March, k1 on the 11th: of the nights 11 and 10 days before the later one speaks') from (select) one;
insert into ops.setting (school_id, key, value, set_by, set_at) select :north, 'small_cell', '2', p.staff_id, core.now() from person p where p.tag = 'dean';
select is(jsonb_path_query_array(pg_temp.ask('cohort_classes', '{"class_year": "2027"}'), '$.classes[*].first_attempts'), '[{"k": 1, "n": 2, "low": 0.0945, "high": 0.9055, "share": 0.5000, "hidden": false}]', 'one of two passed');
delete from ops.setting where key = 'small_cell';

-- who may see figures and no records
select is(pg_temp.refusal(format('select api.%s(:me, ''{}'')', f), t), want, t || ' and ' || f)
  from unnest('{cohort,cohort_areas,cohort_exams,cohort_funnel,cohort_classes,cohort_effort}'::text[]) f,
       lateral (values ('dean', ''), ('token', ''), ('ida', '403 no_right'), ('operator', '403 no_right'), ('admin', '403 no_right'), ('auditor', case f when 'cohort_effort' then '403 no_right' else '' end), ('nobody', '401 not_signed_in')) v(t, want);
select is(pg_temp.refusal('select api.cohort_effort(:me, ''{}'')', 'figures'), '403 no_right', 'points are records');
select is(pg_temp.ask('cohort', p_tag => 'south') -> 'n', '1', 'another school sees its own');
-- What such a person is shown of everything that there is: counts below ten, and queries that lead to students.
create function pg_temp.shown(p_tag text, p_what jsonpath) returns text language sql as $$
  select string_agg(f || ' ' || x, '; ') from unnest('{cohort,cohort_areas,cohort_exams,cohort_funnel,cohort_classes}'::text[]) f,
         jsonb_path_query(pg_temp.ask(f, p_tag => p_tag) - 'nights', p_what) x
$$;
select is(pg_temp.shown(t, '$.**.n ? (@ > 0 && @ < 10)'), null, t || ': nothing below ten'), is(pg_temp.shown(t, '$.**.students ? (@.type() == "string")'), null, t || ': nothing leads to students')
  from unnest('{figures,auditor}'::text[]) t;
select isnt(pg_temp.shown('dean', '$.**.n ? (@ > 0 && @ < 10)'), null, 'the dean sees small ones'), isnt(pg_temp.shown('dean', '$.**.students ? (@.type() == "string")'), null, 'and whom they count');
update core.staff set roles = '{adviser,auditor}' where staff_id = (select staff_id from person where tag = 'ida');
select is(pg_temp.shown('ida', '$.**.n ? (@ > 0 && @ < 10)'), null, 'an auditor who advises some sees no small ones either'), is(pg_temp.shown('ida', '$.**.students ? (@.type() == "string")'), null, 'nor whom they count'),
       is(pg_temp.refusal('select api.cohort_effort(:me, ''{}'')', 'ida'), '403 no_right', 'nor points');
update core.staff set roles = '{adviser}' where staff_id = (select staff_id from person where tag = 'ida');
-- and of a class that is large enough, everything but who is in it
insert into core.student (school_id, external_id, class_year, track) select :north, 'm' || n, 2040, 0 from generate_series(1, 12) n;
insert into core.progress (school_id, student_id, version, assessed_version) select s.school_id, s.student_id, 1, 1 from core.student s where s.external_id ~ '^m[0-9]';
insert into core.assessment (school_id, student_id, version, parameters_id, as_of, recorded_at, state, pending_runs, results_used, readiness_mean, readiness_sd, exam_mean, exam_sd, p, p_low, p_high, base_rate, growth_per_week, reasons)
select :north, s.student_id, 1, :set_north, '2027-03-01T08:00:00Z', '2027-03-01', 3, 0, 5, 70, 3, 70, 4, 0.97, 0, 1, 0.9, 0.5, '[]' from core.student s where s.external_id ~ '^m[0-9]';
select is(jsonb_path_query_array(pg_temp.ask('cohort', p_tag => 'auditor'), '$.classes[*].n') || jsonb_path_query_array(pg_temp.ask('cohort', p_tag => 'auditor'), '$.classes[*].readiness.median'),
          '[12, 70.00]', 'an auditor sees the figures of a class that is large enough');

-- files
select is((regexp_match((api.cohort_areas(pg_temp.as_('dean'), '{"format": "csv"}')).body, E'\r\n([^\r]*)\r'))[1], '"system","behavioral_nervous",true,,3,60,24,40.0,56.0,2,"hatched","2027-03-01T08:00:00+00:00"', 'areas');
select is(regexp_count((api.cohort_effort(pg_temp.as_('dean'), '{"format": "csv"}')).body, E'\r\n'), 8, 'a line for each point');
select matches((api.cohort(pg_temp.as_('dean'), '{"format": "csv"}')).body, E'\r\n"state",,"at_risk",,,4,,"2027-03-01T08:00:00\\+00:00"\r\n', 'counts with their as-of');
select matches((api.cohort_funnel(pg_temp.as_('dean'), '{"format": "csv"}')).body, E'\r\n,"met",3,3,3,0,"2026-08-31","2027-03-01","2027-03-01",', 'the funnel, half a year by itself');
select matches((api.cohort_exams(pg_temp.as_('dean'), '{"format": "csv"}')).body, E'\r\n"2027-03-08","2027-03-14",1,1,0,0,0,0,', 'exams by state');
select matches((api.cohort_classes(pg_temp.as_('dean'), '{"format": "csv"}')).body, E'\r\n2028,"week",-2,1,51.00,51.00,51.00,1,1.0000,', 'classes by week');

-- recorded with the estimate, and unknown where a program of the version before records it
select is(recorded, true, 'recorded') from api.record_evaluations(
  array[(select row(e.*, 240, '{3}'::int4[], '{28}'::int4[], '{10}'::int4[], '{-512}'::int4[], '{3}'::int4[])::api.evaluation_row
           from pg_temp.estimate('ada', (pg_temp.state_of('ada')).version, as_of => '2027-03-01T09:00:00Z') e)], '{}');
create temp view kept as select row(effort_items, area_numbers, area_items, area_correct, area_difference_centi, weak_areas)::text as x from core.assessment where student_id = pg_temp.student('ada');
select is(x, '(240,{3},{28},{10},{-512},{3})', 'effort and areas are kept') from kept;
select is(recorded, true, 'again') from api.record_assessments(array[pg_temp.estimate('ada', (pg_temp.state_of('ada')).version, as_of => '2027-03-01T09:01:00Z')], '{}');
select is(x, '(,,,,,)', 'and are unknown then') from kept;

-- the areas are those of the catalogue
select is((select count(*) from core.areas()), (select count(distinct (a.axis, a.code)) from core.areas() a), 'each area once');
select * from finish();
rollback;
