-- The calendar: the office's rules and statements, whose they are to make, and the days that follow. Rules on days by themselves, against a
-- plain model and through the years, are in test_calendar.py.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
-- Goes to another time and takes the people along, whom office.sql signed in today.
create function pg_temp.travel(p_to text) returns void language plpgsql as $$
begin
  perform set_config('sg.now', p_to, true);
  update core.session set last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
  update core.ground set valid_from = least(valid_from, core.now());
  update core.service_token set expires_at = core.now() + interval '1 day';
end
$$;
select pg_temp.travel('2027-01-10 12:00Z') \g /dev/null

create function pg_temp.call(p_function text, p_tag text, p_args jsonb) returns jsonb language plpgsql as $$
declare
  v_body text;
begin
  execute format('select body from api.%I($1, $2)', p_function) into v_body using pg_temp.as_(p_tag), p_args;
  return v_body::jsonb;
end
$$;
create function pg_temp.refused(p_function text, p_tag text, p_args jsonb) returns text language sql as $$
  select pg_temp.refusal(format('select api.%I(:me, %L)', p_function, p_args), p_tag)
$$;
create function pg_temp.say(p_tag text, p_student text, p_body jsonb) returns jsonb language sql as $$
  select pg_temp.call('student_plan_change', p_tag, jsonb_build_object('student', p_student, 'body', jsonb_build_object('reason', 'told us',
    'revision', (pg_temp.call('student_calendar', p_tag, jsonb_build_object('student', p_student)) ->> 'revision')::int) || p_body))
$$;
create function pg_temp.coming(p_student text) returns jsonb language sql as $$
  select pg_temp.call('student_calendar', 'dean', jsonb_build_object('student', p_student)) -> 'coming'
$$;
create function pg_temp.rule(p_body jsonb) returns jsonb language sql as $$
  select pg_temp.call('calendar_rule_set', 'dean', jsonb_build_object('body', jsonb_build_object('reason', 'handbook', 'revision',
    (select coalesce(max((i ->> 'revision')::int), 0) from jsonb_array_elements(pg_temp.call('calendar_rules', 'dean', '{}') -> 'items') i
      where i ->> 'by' = 'school' and i ->> 'code' = p_body ->> 'code' and i ->> 'class_year' is not distinct from p_body ->> 'class_year'
        and i ->> 'item' is not distinct from p_body ->> 'item')) || p_body))
$$;

-- who may
select is(pg_temp.refused(f, t, a), want, format('%s: %s', t, f))
  from (values ('student_calendar', '{"student": "1001"}'::jsonb), ('calendar', '{}'), ('calendar_rules', '{}')) f(f, a),
       (values ('dean', ''), ('ida', ''), ('token', ''), ('operator', '403 no_right'), ('auditor', '403 no_right'),
               ('admin', '403 no_right'), ('nobody', '401 not_signed_in')) t(t, want);
select is(pg_temp.refused(f, t, jsonb_build_object('student', s, 'body', '{}'::jsonb) - case when f = 'student_calendar' then 'body' else '' end), want, format('%s: %s of %s', t, f, s))
  from unnest('{student_calendar,student_plan_change}'::text[]) f,
       (values ('ida', '1002', '404 not_found'), ('ida', '9999', '404 not_found'), ('other', '1001', '404 not_found'),
               ('south', '1002', '404 not_found')) v(t, s, want);
select is(pg_temp.refused('student_plan_change', t, '{"student": "1001", "body": {}}'), want, t || ' says what happened')
  from (values ('operator', '403 no_right'), ('auditor', '403 no_right'), ('admin', '403 no_right'), ('token', '403 no_right'),
               ('nobody', '401 not_signed_in'), ('dean', '409 conflict'), ('ida', '409 conflict')) v(t, want);
select is(pg_temp.refusal('select api.student_plan_change(:me, ''{"student": "1001", "body": {}}'')', 'ida', false), '403 csrf', 'not without the page''s token');
select is(pg_temp.refused('calendar_rule_set', t, '{"body": {}}'), want, t || ' sets a rule')
  from (values ('ida', '403 no_right'), ('other', '403 no_right'), ('operator', '403 no_right'), ('auditor', '403 no_right'), ('admin', '403 no_right'),
               ('token', '403 no_right'), ('nobody', '401 not_signed_in'), ('dean', '422 missing')) v(t, want);
select is(jsonb_array_length(pg_temp.call('calendar', 'other', '{}') -> 'items'), 0, 'who has no ground sees an empty calendar');

-- saying what happened
select is(pg_temp.say('ida', '1001', '{"action": "planned", "exam_day": "2027-02-10", "permit_from": "2027-01-01", "permit_to": "2027-03-31"}')
            #>> '{coming,exam_on}', '2027-02-10', 'an adviser writes down a plan');
select is(c -> 'by', '"office"', 'as the office''s word'), is(c ->> 'reason', 'told us', 'with the reason'), is(c #>> '{staff,name}', 'Ida', 'and who')
  from (select pg_temp.call('student_calendar', 'dean', '{"student": "1001"}') #> '{changes,0}' as c) x;
select is((select p.exam_day from core.plan_of(:north, pg_temp.student('ada')) p), '2027-02-10'::date, 'the estimate sees it'),
       cmp_ok((select version from core.progress where student_id = pg_temp.student('ada')), '>',
              (select assessed_version from core.progress where student_id = pg_temp.student('ada')), 'and is stale');
select is(pg_temp.refused('student_plan_change', 'dean', '{"student": "1001", "body": {"revision": 0, "action": "cancelled", "reason": "x"}}'), '409 conflict',
          'who did not see it changes nothing');
select is(pg_temp.refused('student_plan_change', 'dean', jsonb_build_object('student', '1001', 'body', '{"revision": 1, "reason": "x"}'::jsonb || b)), want, b::text)
  from (values ('{"action": "planned"}'::jsonb, '422 missing'), ('{"action": "moved", "exam_day": "2027-02-10"}', '422 invalid'),
               ('{"action": "planned", "exam_day": "2027-02-30"}', '422 invalid'), ('{"action": "taken", "exam_day": "2027-01-11"}', '422 invalid'),
               ('{"action": "result"}', '422 missing'), ('{"action": "planned", "exam_day": "2027-02-10", "outcome": "pass"}', '422 invalid'),
               ('{"action": "cancelled", "permit_to": "2027-02-10"}', '422 invalid'), ('{"action": "result", "outcome": "pass", "exam_day": "2027-01-09"}', '422 invalid'),
               ('{"action": "planned", "exam_day": "2027-02-10", "permit_from": "2027-02-02", "permit_to": "2027-02-01"}', '422 invalid'),
               ('{"action": "result", "outcome": "fail", "outcome_known_on": "2027-01-11"}', '422 invalid'),
               ('{"action": "planned", "exam_day": "2027-02-10", "attempt": 11}', '422 invalid'),
               ('{"action": "planned", "exam_day": "2027-02-10", "why": "x"}', '422 unknown_field'),
               ('{"action": "planned", "exam_day": "2027-02-10", "reason": " "}', '422 missing')) v(b, want);
select is((pg_temp.say('dean', '1001', '{"action": "planned", "exam_day": "2027-02-17"}') #>> '{history,moves_later}')::int, 1, 'a later day is a move'),
       is((pg_temp.say('dean', '1001', '{"action": "planned", "exam_day": "2027-02-03"}') #>> '{history,moves_earlier}')::int, 1, 'so is an earlier one'),
       is(pg_temp.say('dean', '1001', '{"action": "cancelled"}') #>> '{coming,exam_on}', null, 'cancelled'),
       is(pg_temp.say('dean', '1001', '{"action": "planned", "exam_day": "2027-02-10"}') -> 'history',
          '{"moves_later": 2, "moves_earlier": 1, "first_planned_on": "2027-02-10", "last_failed_on": null}', 'planned again, later than before it was cancelled');

-- the days, and by which rules
select is(jsonb_strip_nulls(pg_temp.coming('1001')) - '{today}'::text[],
          '{"attempt": 1, "failures": 0, "passed": false, "taken": false, "exam_on": "2027-02-10", "permit_from": "2027-01-01", "permit_to": "2027-03-31",
            "permit_extended_to": "2027-06-30", "earliest_on": "2027-01-01", "latest_on": "2027-03-31", "last_safe_on": "2027-02-04", "room_days": 49,
            "result_typical_on": "2027-03-10", "result_plan_on": "2027-04-07", "retake_on": "2027-03-10", "attempts_used": 0, "attempts_left": 4}',
          'the USMLE''s rules and the permit alone');
select is(pg_temp.call('student_calendar', 'dean', '{"student": "1001"}') #> '{rules,latest_on,0}', '{"rule": "permit_to", "by": "plan", "day": "2027-03-31"}', 'the permit made the last day');
select pg_temp.rule('{"code": "passed_by", "day": "2027-05-01"}'), pg_temp.rule('{"code": "taken_by", "day": "2027-03-15", "class_year": 2028}'),
       pg_temp.rule('{"code": "block_start", "item": "Medicine A", "day": "2027-05-03"}'), pg_temp.rule('{"code": "block_start", "item": "Medicine B", "day": "2027-08-02"}') \g /dev/null
select is(c ->> 'latest_on', '2027-03-03', 'a result by 28 April, the last Wednesday before May, wants the exam eight weeks before'),
       is(c ->> 'taken_by', '2027-03-15', 'the class''s deadline'), is(c ->> 'block', 'Medicine A', 'the block that can still be reached'),
       is((c ->> 'room_days')::int, 21, 'three weeks to postpone')
  from (select pg_temp.coming('1001') as c) x;
select is(jsonb_path_query_array(pg_temp.call('student_calendar', 'dean', '{"student": "1001"}'), '$.rules.latest_on[*].rule'),
          '["passed_by", "block_start", "permit_to", "taken_by"]', 'all that bounds it, what made it first');
select is((pg_temp.call('student_calendar', 'dean', '{"student": "1001"}') #> '{rules,latest_on,0}') - 'with',
          '{"rule": "passed_by", "by": "school", "version": 1, "valid_from": "2027-01-10", "value": "2027-05-01", "day": "2027-03-03"}', 'with its version');
select is((s).deadline, '2027-03-15'::date, 'the class''s deadline is the estimate''s') from (select pg_temp.state_of('ada') as s) x;
select is((s).deadline, null, 'not that of another class')
  from (select s from core.student t, api.student_states_of(t.school_id, t.student_id) s where t.external_id = '1003' and t.school_id = :north) x;
update core.student set deadline = '2027-02-20' where student_id = pg_temp.student('ada');
select is((s).deadline, '2027-02-20'::date, 'the roster''s own day goes before it') from (select pg_temp.state_of('ada') as s) x;
select is(pg_temp.call('student_calendar', 'dean', '{"student": "1001"}') #> '{rules,latest_on,0}', '{"rule": "taken_by", "by": "roster", "day": "2027-02-20"}', 'and is named');
update core.student set deadline = null where student_id = pg_temp.student('ada');
select pg_temp.rule('{"code": "lockout_days", "number": 14}'), pg_temp.rule('{"code": "result_weeks", "number": 10, "class_year": 2028}') \g /dev/null
select is(pg_temp.coming('1001') ->> 'latest_on', '2027-02-03', 'with ten weeks and two of lock-out: 14 April, the last Wednesday before the 19th, less ten weeks');
select pg_temp.rule('{"code": "result_weeks", "withdraw": true, "class_year": 2028}') \g /dev/null
select is(pg_temp.coming('1001') ->> 'latest_on', '2027-02-17', 'withdrawn for the class: the USMLE''s eight again');
select pg_temp.rule('{"code": "lockout_days", "number": 0, "valid_from": "2027-01-12"}') \g /dev/null
select is(pg_temp.coming('1001') ->> 'latest_on', '2027-02-17', 'a rule from Tuesday does not hold on Sunday');
select pg_temp.travel('2027-01-12 04:59Z') \g /dev/null
select is(pg_temp.coming('1001') ->> 'latest_on', '2027-02-17', 'nor a minute before midnight in New York');
select pg_temp.travel('2027-01-12 05:00Z') \g /dev/null
select is(pg_temp.coming('1001') ->> 'latest_on', '2027-03-03', 'from midnight on it does');
select pg_temp.travel('2027-03-04 12:00Z') \g /dev/null
select is(pg_temp.coming('1001') ->> 'block', 'Medicine B', 'when the first block is out of reach, the next one is the path');

-- what stands against a plan
select pg_temp.travel('2027-01-10 12:00Z') \g /dev/null
create function pg_temp.breaks(p_doc jsonb) returns text language sql as $$
  select string_agg(b ->> 'code', ' ') from jsonb_array_elements(p_doc -> 'breaks') b
$$;
select is(pg_temp.breaks(pg_temp.say('dean', '1001', b)), want, b ->> 'exam_day')
  from (values (1, '{"action": "planned", "exam_day": "2026-12-31"}'::jsonb, 'before_permit day_over'), (2, '{"action": "planned", "exam_day": "2027-03-04"}', 'result_after_deadline result_after_block'),
               (3, '{"action": "planned", "exam_day": "2027-04-01"}', 'after_permit after_deadline result_after_deadline result_after_block'),
               (4, '{"action": "planned", "exam_day": "2027-02-10"}', null)) v(n, b, want) order by n;
select is(pg_temp.coming('1001') ->> 'last_safe_on', '2027-02-04', 'six days before the exam');

-- attempts and retakes
select pg_temp.rule('{"code": "study_weeks", "number": 16}'), pg_temp.rule('{"code": "attempt_limit", "number": 3}') \g /dev/null
select pg_temp.say('dean', '1001', '{"action": "taken", "exam_day": "2027-01-08"}') \g /dev/null
select is(c ->> 'last_safe_on', null, 'nothing to decide about a day that is over'), is(c ->> 'retake_on', '2027-06-02', 'should it fail: typical result, and sixteen weeks of study'),
       is((c ->> 'attempts_left')::int, 2, 'the school allows three'), is(core.earliest_retake(:north, pg_temp.student('ada'), core.now()), '2027-06-02'::date, 'for those who ask')
  from (select pg_temp.coming('1001') as c) x;
select pg_temp.travel('2027-02-10 12:00Z') \g /dev/null
select is(d #>> '{coming,earliest_on}', '2027-06-02', 'failed: sixteen weeks after it became known'), is(d #>> '{rules,earliest_on,0,rule}', 'study_weeks', 'by the school''s rule'),
       is(d #>> '{history,last_failed_on}', '2027-01-08', 'when it failed'), is((d #>> '{coming,attempt}')::int, 2, 'the attempt after it')
  from (select pg_temp.say('dean', '1001', '{"action": "result", "outcome": "fail"}') as d) x;
select is(core.earliest_retake(:north, pg_temp.student('ada'), core.now()), '2027-06-02'::date, 'for the case and the queue');
select is(pg_temp.breaks(pg_temp.say('dean', '1001', '{"action": "planned", "exam_day": "2027-05-01"}')), 'no_lawful_day too_soon after_deadline result_after_deadline result_after_block', 'too soon, and too late');
select is(core.last_safe_day(:north, pg_temp.student('ada'), core.now()), null, 'where no lawful day is left there is nothing to save');
select pg_temp.say('dean', '1001', '{"action": "result", "attempt": 2, "outcome": "fail"}'), pg_temp.say('dean', '1001', '{"action": "result", "attempt": 3, "outcome": "fail"}') \g /dev/null
select is(pg_temp.breaks(pg_temp.call('student_calendar', 'dean', '{"student": "1001"}')), 'limit_reached', 'three failures'),
       is(core.earliest_retake(:north, pg_temp.student('ada'), core.now()), null, 'no retake');
select pg_temp.rule('{"code": "attempt_limit", "number": 6}') \g /dev/null
select is((pg_temp.coming('1001') ->> 'attempts_left')::int, 1, 'a school cannot allow more than the USMLE'),
       is(pg_temp.call('student_calendar', 'dean', '{"student": "1001"}') #>> '{rules,attempts_left,0,by}', 'usmle', 'whose limit it is');
select is(pg_temp.say('dean', '1001', '{"action": "result", "attempt": 4, "outcome": "pass"}') #>> '{coming,passed}', 'true', 'passed'),
       is(pg_temp.breaks(pg_temp.call('student_calendar', 'dean', '{"student": "1001"}')), null, 'nothing stands against that');

-- the calendar of a class
select pg_temp.travel('2027-01-10 12:00Z') \g /dev/null
select pg_temp.say('dean', '1002', '{"action": "planned", "exam_day": "2027-02-10", "permit_to": "2027-03-31"}') \g /dev/null
create function pg_temp.entries(p_tag text, p_args jsonb) returns text language sql as $$
  select string_agg(format('%s %s %s', i ->> 'day', i ->> 'kind', i #>> '{student,student_id}'), ', ' order by n)
    from jsonb_array_elements(pg_temp.call('calendar', p_tag, p_args) -> 'items') with ordinality x(i, n)
$$;
select is(pg_temp.entries('dean', '{"to": "2027-03-14", "class_year": "2028"}'), '2027-02-04 last_safe_day 1002, 2027-02-10 exam 1002, 2027-03-10 result_typical 1002', 'in order of days'),
       is(pg_temp.entries('dean', '{"from": "2027-03-01", "to": "2027-12-31", "sort": "-day", "class_year": "2028", "kind": "permit_end"}'), '2027-03-31 permit_end 1002', 'one kind of it'),
       is(pg_temp.entries('ida', '{"from": "2027-01-01", "to": "2027-12-31"}'), null, 'an adviser is shown nothing of who is not theirs');
select is(pg_temp.refused('calendar', 'dean', a), '422 invalid', a::text)
  from unnest(array['{"to": "2027-01-09"}', '{"to": "2028-03-01"}', '{"kind": "party"}', '{"from": "tomorrow"}', '{"class_year": "x"}']::jsonb[]) a;
select alike((api.calendar(pg_temp.as_('dean'), '{"format": "csv", "kind": "exam"}')).body, 'day,kind,student.student_id,%"2027-02-10","exam","1002","Bay","Ben",2028,1,false,%34 CFR 99.33%', 'as a file');
select is(cardinality((api.calendar(pg_temp.as_('dean'), '{"kind": "exam"}')).students), 1, 'the trail is told who was in it');
select is((select sum((d.one ->> 'n')::int8) from jsonb_array_elements(b.body -> 'days') d(one)), (b.body ->> 'total')::numeric,
          'days are counted over all pages')
  from (select (api.calendar(pg_temp.as_('dean'), '{"limit": 1}')).body::jsonb as body) b;
select is((api.calendar(pg_temp.as_('dean'), '{"kind": "exam"}')).body::jsonb -> 'days', '[{"day": "2027-02-10", "kind": "exam", "n": 1}]',
          'each day and kind with its number');

-- rules
select is(pg_temp.refused('calendar_rule_set', 'dean', jsonb_build_object('body', '{"reason": "x", "revision": 0}'::jsonb || b)), want, b::text)
  from (values ('{"code": "party"}'::jsonb, '422 invalid'), ('{"code": "taken_by"}', '422 missing'), ('{"code": "taken_by", "number": 3}', '422 missing'),
               ('{"code": "study_weeks", "day": "2027-01-01"}', '422 missing'), ('{"code": "study_weeks", "number": 105}', '422 invalid'), ('{"code": "result_weeks", "number": 0}', '422 invalid'),
               ('{"code": "block_start", "day": "2027-01-01"}', '422 missing'), ('{"code": "study_weeks", "number": 3, "item": "x"}', '422 invalid'),
               ('{"code": "taken_by", "day": "2027-01-01", "number": 3}', '422 invalid'), ('{"code": "taken_by", "day": "2027-01-01", "withdraw": true}', '422 invalid'),
               ('{"code": "taken_by", "day": "0027-01-01"}', '422 invalid'), ('{"code": "taken_by", "day": "2027-01-01", "valid_from": "9999-01-01"}', '422 invalid'),
               ('{"code": "attempt_limit", "number": 3}', '409 conflict'), ('{"code": "taken_by", "day": "2027-01-01", "reason": ""}', '422 missing')) v(b, want);
select is(string_agg(format('%s %s', i ->> 'number', i ->> 'in_force'), ', ' order by n), '4 true, 6 false, 6 false, 3 true', 'every version, of the school''s and the USMLE''s limit')
  from jsonb_array_elements(pg_temp.call('calendar_rules', 'dean', '{"code": "attempt_limit"}') -> 'items') with ordinality x(i, n);
select is(jsonb_array_length(pg_temp.call('calendar_rules', 'south', '{}') -> 'items'), (select count(*)::int from core.usmle_rules()), 'another school sees none of ours');
select is_empty($$ select t, x from unnest(array['core.calendar_rule', 'core.plan_reason']) t, unnest(array['update', 'delete', 'truncate']) x
                    where has_table_privilege('sg_owner', t, x) $$, 'nobody changes a rule or a reason that was written');
select is_empty($$ select code, count(*) from core.usmle_rules() a where source = '' or grade not in ('P', 'S', 'W')
                      or exists (select from core.usmle_rules() b where b.code = a.code and b.valid_from > a.valid_from and a.valid_to is null)
                    group by 1 $$, 'each of the USMLE''s has a source and a grade, and one that was followed by another has an end');
select is(count(*), 2::bigint, 'the trail has the deed') from audit.event where action = 'student_plan_change' and students = array[(select student_id from core.student where external_id = '1002' and school_id = :north)]
    or (action = 'calendar_rule_set' and detail ->> 'code' = 'study_weeks');
-- a rule moves the last safe days of open cases at once, where it holds already
select pg_temp.call('case_open', 'dean', '{"student": "1002", "body": {"sentence": "worried"}}') \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
create function pg_temp.case_day() returns date language sql as $$
  select c.last_safe_on from core.case_file c join core.student s using (school_id, student_id) where s.external_id = '1002' and c.state <> 'resolved'
$$;
select is(pg_temp.case_day(), '2027-02-04'::date, 'six days'' notice before the exam');
select pg_temp.rule('{"code": "notice_days", "number": 10, "valid_from": "2027-02-01"}') \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
select is(pg_temp.case_day(), '2027-02-04'::date, 'a rule to come leaves it');
select pg_temp.rule('{"code": "notice_days", "number": 9}') \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
select is(pg_temp.case_day(), '2027-02-01'::date, 'a rule from today on moves it, without a night in between');
select * from finish();
rollback;
