-- What time, life events, the attempt and a stale feed do to cases; the sweep; merging; many at once.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();
select pg_temp.at('2026-11-23 15:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();

-- ---- the time-out
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'decline', 3)), pg_temp.assess('ben', 0.6, 2, pg_temp.flag('ben', 'decline', 3)) \g /dev/null
select pg_temp.act('dean', 'ben', 'acknowledge') \g /dev/null
create function pg_temp.sweep() returns jsonb language sql as $$ select api.cases_sweep('north', null) -> 'steps' $$;
select pg_temp.at(core.now() + interval '47 h') \g /dev/null
select is(pg_temp.sweep(), '{}', 'before acknowledge_h nothing'), is(pg_temp.cases(), '1001/1 new warning [decline] · 1002/1 acknowledged warning [decline]',
  'happens');
select pg_temp.at(core.now() + interval '1 h') \g /dev/null
select is((select string_agg(i ->> 'state', ' ') from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items') i),
          'escalating escalating', 'the queue knows before the sweep does');
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{"time_out": 2}', 'then both, the one that was acknowledged and left too');
select is(pg_temp.sweep(), '{}', 'once');
select is(pg_temp.cases(), '1001/1 escalating warning [decline] · 1002/1 escalating warning [decline]', 'escalating');
select is((select count(*) from core.case_event where verb = 'time_out'), 2::int8, 'each with its line'),
       is((select count(*) from core.case_event where verb = 'time_out' and staff_id is not null), 0::int8, 'that no person wrote');

-- ---- sleep
select is(pg_temp.act('dean', 'ben', 'snooze', jsonb_build_object('until', d)), '422 invalid', 'not until ' || d)
  from (values (pg_temp.today()), (pg_temp.today() - 1), (pg_temp.today() + 61)) v(d);
select is(c ->> 'state', 'acknowledged', 'put to sleep'), is(c -> 'say', 'null', 'a warning sleeps')
  from (select pg_temp.act('dean', 'ben', 'snooze', jsonb_build_object('until', pg_temp.today() + 7))::jsonb as c) q;
select pg_temp.at(core.now() + interval '6 days') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{}', 'and is not woken by the clock');
select pg_temp.assess('ben', 0.6, 2, pg_temp.flag('ben', 'decline', 3), pg_temp.flag('ben', 'plan_outside_permit', 3)) \g /dev/null
select is(pg_temp.cases('1002'), '1002/1 acknowledged warning [decline plan_outside_permit]', 'nor by another warning');
select pg_temp.at(core.now() + interval '1 day') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{"snooze_end": 1}', 'on its day it is awake'), is(pg_temp.sweep(), '{}', 'once');
select pg_temp.at(core.now() + interval '30 h') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{}', 'its time begins anew then');
select pg_temp.at(core.now() + interval '18 h') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{"time_out": 1}', 'and runs out');
select pg_temp.act('dean', 'ben', 'snooze', jsonb_build_object('until', pg_temp.today() + 7)) \g /dev/null
select pg_temp.assess('ben', 0.6, 2, pg_temp.flag('ben', 'decline', 3), pg_temp.flag('ben', 'plan_outside_permit', 4)) \g /dev/null
select is(pg_temp.cases('1002'), '1002/1 escalating urgent [decline plan_outside_permit]', 'what is urgent wakes it');
select is((pg_temp.case_of('ben')).snooze_until, null::date, 'for good');
select matches(pg_temp.act('dean', 'ben', 'snooze', jsonb_build_object('until', pg_temp.today() + 7))::jsonb ->> 'say', 'urgent',
  'put to sleep again it says so');
select pg_temp.at(core.now() + interval '48 h') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{"time_out": 1}', 'and is heard when nobody acts');
select pg_temp.act('dean', 'ben', 'start') \g /dev/null

-- ---- what is watched comes back on the day of its follow-up
select pg_temp.act('dean', 'ben', 'watch', jsonb_build_object('follow_up_on', pg_temp.today() + 4)) \g /dev/null
select pg_temp.at(core.now() + interval '3 days') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{}', 'not before');
select pg_temp.at(core.now() + interval '1 days') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(pg_temp.sweep(), '{"follow_up_due": 1}', 'on it');
select is(pg_temp.cases('1002'), '1002/1 acknowledged urgent [decline plan_outside_permit]', 'to be looked at');
select is((pg_temp.case_of('ben')).dates_on, pg_temp.today(), 'the sweep looks at the calendar every day');

-- ---- life events
select pg_temp.act('dean', 'ada', 'resolve', '{"resolution": "ready"}') \g /dev/null
select pg_temp.assess('ada', 0.6, 2) \g /dev/null
create function pg_temp.life(person text, tag text, kind text, starts int, ends int) returns int8 language sql as $$
  select ((api.life_event_add(pg_temp.as_(person), jsonb_build_object('student', (select external_id from core.student where student_id = pg_temp.student(tag)),
    'body', jsonb_build_object('kind', kind, 'category', 'medical', 'starts_on', pg_temp.today() + starts, 'ends_on',
      pg_temp.today() + ends)))).body::jsonb ->> 'event')::int8
$$;
select pg_temp.life('ida', 'ada', 'leave', -1, 6) as leave \gset
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'gone_silent', 3)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 resolved info []', 'on leave silence opens nothing');
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'gone_silent', 3), pg_temp.flag('ada', 'exam_soon_not_ready', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 regressed urgent [exam_soon_not_ready]', 'a date does');
select pg_temp.at(core.now() + interval '6 days') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(api.cases_sweep('north', null) -> 'followed', '0', 'the last day of the leave');
select pg_temp.at(core.now() + interval '1 day') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(api.cases_sweep('north', null) -> 'followed', '1', 'the day after'),
       is(pg_temp.cases('1001'), '1001/1 regressed urgent [exam_soon_not_ready gone_silent]', 'it is back'),
       is(api.cases_sweep('north', null) -> 'followed', '0', 'once');
select pg_temp.life('ida', 'ada', 'illness', 0, 3) as ill \gset
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'gone_silent', 3)) \g /dev/null
select is(q -> 'items', '[]', 'a case with nothing but muted reasons is not in the queue'), is(q -> 'hidden' -> 'muted', '1', 'and is counted as muted')
  from (select (api.queue_show(pg_temp.as_('ida'), '{}')).body::jsonb as q) x;
select is(r ->> 'code', 'gone_silent', 'the reason is open'), is(r -> 'muted' ->> 'by', 'illness', 'and shown as muted')
  from (select (api.case_show(pg_temp.as_('ida'), jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).body::jsonb -> 'reasons' -> 0 as r) x;
create function pg_temp.alter_life(event int8, body jsonb) returns text language sql as $$
  select pg_temp.refusal(format('select api.life_event_change(:me, %L)', jsonb_build_object('student', '1001', 'event', event, 'body', body)), 'ida')
$$;
select is(pg_temp.alter_life(:ill, '{"revision": 2, "ends_on": "2027-05-01"}'), '409 conflict', 'an event changed meanwhile'),
       is(pg_temp.alter_life(:ill, '{"revision": 1, "ends_on": "2025-05-01"}'), '422 invalid', 'it ends after it begins'),
       is(pg_temp.alter_life(:ill, '{"revision": 1, "withdrawn": true}'), '', 'taken back'),
       is(pg_temp.alter_life(:ill, '{"revision": 2, "ends_on": null}'), '409 withdrawn', 'for good'),
       is(pg_temp.alter_life(999999, '{"revision": 2}'), '404 not_found', 'one that is not there');
select is(jsonb_array_length((api.queue_show(pg_temp.as_('ida'), '{}')).body::jsonb -> 'items'), 1, 'the case is back in the queue');
select is((select string_agg(e ->> 'kind' || case when e ->> 'withdrawn_at' is null then '' else ' (taken back)' end, ', ' order by e ->> 'kind')
             from jsonb_array_elements((api.life_events(pg_temp.as_('ida'), '{"student": "1001"}')).body::jsonb -> 'items') e),
          'illness (taken back), leave', 'the list keeps both');
select is_empty($$ select m.code from core.rule_mutes() m group by m.kind, m.code having count(*) > 1 $$, 'a rule is muted once');

-- ---- the exam is sat; the attempt is over
select pg_temp.assess('ada', 0.4, 1, pg_temp.flag('ada', 'low_probability', 4)) \g /dev/null
select api.plans_import('north', 'x', jsonb_build_array(jsonb_build_object('student_id', '1001', 'taken_on', '2026-12-01'))) \g /dev/null
select pg_temp.assess('ada', 0.4, 1, pg_temp.flag('ada', 'low_probability', 4)) \g /dev/null
select is((pg_temp.case_of('ada')).exam_taken, true, 'taken'),
       is((api.queue_show(pg_temp.as_('ida'), '{}')).body::jsonb -> 'hidden', '{"exam_taken": 1}', 'nothing is left to prevent');
select pg_temp.act('ida', 'ada', 'resolve', '{"resolution": "ready"}') \g /dev/null
select pg_temp.assess('ada', 0.1, 1, pg_temp.flag('ada', 'low_probability', 4), pg_temp.flag('ada', 'exam_soon_not_ready', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 resolved urgent [low_probability]', 'readiness after the exam opens nothing');
select pg_temp.act('ida', 'ada', 'reopen') \g /dev/null
select api.plans_import('north', 'x', '[{"student_id": "1001", "outcome": "fail"}]') \g /dev/null
select pg_temp.assess('ada', 0.4, 1, pg_temp.flag('ada', 'failure_without_plan', 3)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 resolved info [] · 1001/2 new warning [at_risk failure_without_plan]',
          'a failure ends its case and opens that of the next attempt');
select is((select resolution from core.case_file where attempt = 1 and student_id = pg_temp.student('ada')), 'failed', 'as failed');
select api.plans_import('north', 'x', '[{"student_id": "1001", "attempt": 2, "outcome": "pass"}]') \g /dev/null
select pg_temp.assess('ada', 0.4, 1, pg_temp.flag('ada', 'low_probability', 3)) \g /dev/null
select is((pg_temp.case_of('ada')).resolution, 'passed', 'who passed is done');
select is(pg_temp.refusal('select api.case_open(:me, ''{"student": "1001", "body": {"sentence": "x"}}'')', 'dean'), '409 passed', 'and has nothing to come');

-- ---- a stale feed
select pg_temp.at(core.now() + interval '37 h') \g /dev/null
select is(api.cases_sweep('north', null) ->> 'feed', 'stale', 'nobody in contact for feed_stale_h');
select is(api.cases_sweep('north', null) ->> 'feed', 'stale', 'still');
select is((select count(*) from ops.alert where since = core.now()), 1::int8, 'one alert');
select pg_temp.assess('ben', 0.9, 3, pg_temp.flag('ben', 'gone_silent', 3)) \g /dev/null
select is(pg_temp.cases('1002'), '1002/1 escalating info []', 'the silence is ours: it opens nothing'),
       isnt((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'feed', 'null', 'and the queue says so');
update core.progress set last_sync_at = core.now() where student_id = pg_temp.student('ben');
select is(api.cases_sweep('north', null) ->> 'feed', 'fresh', 'one contact is contact');
select is((select count(*) from ops.alert where until is null), 0::int8, 'the alert is over'),
       is(pg_temp.cases('1002'), '1002/1 escalating warning [gone_silent]', 'what was muted is there');
select run_id as run from api.run_begin('north', pg_temp.today(), core.now(), null, 'h') \gset
select is(api.cases_sweep('north', null) ->> 'feed', 'fresh', 'a night that has just begun');
select pg_temp.at(core.now() + interval '36 h') \g /dev/null
update core.progress set last_sync_at = core.now();
select is(api.cases_sweep('north', null) ->> 'feed', 'stale', 'and never finished');
select api.run_finish(:run, '{}') \g /dev/null
select run_id as run from api.run_begin('north', pg_temp.today(), core.now(), null, 'h') \gset
select api.run_finish(:run, '{}') \g /dev/null
select is(api.cases_sweep('north', null) ->> 'feed', 'fresh', 'until one is');
select pg_temp.at(core.now() + interval '72 h') \g /dev/null
update core.progress set last_sync_at = core.now();
select run_id as run from api.run_begin('north', pg_temp.today(), core.now(), null, 'h') \gset
update ops.run set started_at = core.now() where run_id = :run;
select is(api.cases_sweep('north', null) ->> 'feed', 'fresh', 'a night that makes good others does not blame itself');
update ops.run set started_at = core.now() - interval '61 min' where run_id = :run;
select is(api.cases_sweep('north', null) ->> 'feed', 'stale', 'an hour later it is one that does not end');
select run_id as next from api.run_begin('north', pg_temp.today() + 1, core.now(), null, 'h') \gset
update ops.run set started_at = core.now() where run_id = :next;
select is(api.cases_sweep('north', null) ->> 'feed', 'stale', 'and the next one ends the alert only with its own end');
select api.run_finish(:run, '{}'), api.run_finish(:next, '{}') \g /dev/null
select is(api.cases_sweep('north', null) ->> 'feed', 'fresh', 'as it does');

-- ---- merging
select pg_temp.enrol('cem', 'north', '1003', 4) \g /dev/null
select pg_temp.assess('cem', 0.4, 1, pg_temp.flag('cem', 'decline', 3), pg_temp.flag('cem', 'low_probability', 4)) \g /dev/null
select pg_temp.act('dean', 'cem', 'note', '{"text": "kept"}'), pg_temp.act('dean', 'cem', 'task', '{"title": "kept"}') \g /dev/null
select (pg_temp.case_of('cem')).case_id as first \gset
select api.plans_import('north', 'x', '[{"student_id": "1003", "outcome": "fail", "attempt": 1}]') \g /dev/null
select pg_temp.assess('cem', 0.4, 1, pg_temp.flag('cem', 'low_probability', 3)) \g /dev/null
select (pg_temp.case_of('cem')).case_id as second, (pg_temp.case_of('cem')).revision as second_revision \gset
create function pg_temp.merge(person text, gone int8, kept int8, seen int) returns text language sql as $$
  select pg_temp.refusal(format('select api.case_act(:me, %L)', jsonb_build_object('case', gone, 'verb', 'merge', 'body',
    jsonb_build_object('revision', (select revision from core.case_file where case_id = gone), 'into', kept, 'into_revision', seen))), person)
$$;
select is(pg_temp.merge('dean', :second, :first, 1), '409 not_coming', 'the case of the coming attempt stays'),
       is(pg_temp.merge('dean', :first, :second, 99), '409 conflict', 'as it was seen'),
       is(pg_temp.merge('dean', :first, (pg_temp.case_of('ben')).case_id, 1), '422 invalid', 'of one student'),
       is(pg_temp.merge('ida', :first, :second, 1), '403 no_right', 'by a dean'),
       is(pg_temp.merge('dean', :first, :second, :second_revision), '', 'merged');
select is(c ->> 'state', 'merged', 'the one'), is((c ->> 'merged_into')::int8, :second::int8, 'into the other')
  from (select (api.case_show(pg_temp.as_('dean'), jsonb_build_object('case', :first))).body::jsonb as c) q;
select is(c -> 'notes' -> 0 ->> 'text', 'kept', 'notes'), is(c -> 'tasks' -> 0 ->> 'title', 'kept', 'and tasks move'),
       is((select string_agg(r ->> 'code', ' ' order by r ->> 'code') from jsonb_array_elements(c -> 'reasons') r), 'decline low_probability',
         'reasons, each once'),
       ok(jsonb_path_exists(c, '$.timeline[*] ? (@.verb == "task")'), 'and the timeline is read with it')
  from (select (api.case_show(pg_temp.as_('dean'), jsonb_build_object('case', :second))).body::jsonb as c) q;
select is(pg_temp.merge('dean', :first, :second, 1), '409 not_allowed', 'once');

-- ---- opened by a person, raised by a clearance rule
select pg_temp.enrol('dot', 'north', '1004', 5) \g /dev/null
select * from finish();
rollback;
