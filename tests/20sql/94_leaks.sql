-- What must not get out beside the answer itself: of notes one may not read that there are any, of records what the trail and figures say of them.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();
select pg_temp.assess('ada', 0.5, 1, pg_temp.flag('ada', 'low_probability', 3)) \g /dev/null

-- ---- notes
select pg_temp.act('dean', 'ada', 'note', '{"text": "dean words", "tier": "dean"}'), pg_temp.act('dean', 'ada', 'note', '{"text": "team words"}'),
       pg_temp.act('ida', 'ada', 'note', '{"text": "own words", "tier": "owner"}') \g /dev/null
select note_id as deans from core.case_note where text = 'dean words' \gset
select note_id as team from core.case_note where text = 'team words' \gset
select note_id as own from core.case_note where text = 'own words' \gset
-- The numbers of the notes of which a person reads in the timeline of the case, and how many steps with notes in that of the student.
create function pg_temp.steps(person text) returns text language sql as $$
  select concat_ws(' · ',
    (select string_agg(distinct e #>> '{detail,note}', ' ') from jsonb_array_elements((api.case_show(pg_temp.as_(person),
       jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).body::jsonb -> 'timeline') e where e ->> 'verb' like 'note%'),
    (select count(*) from jsonb_array_elements((api.student_timeline(pg_temp.as_(person), '{"student": "1001"}')).body::jsonb -> 'items') i
      where i #>> '{detail,verb}' like 'note%'))
$$;
select is(pg_temp.steps('dean'), format('%s %s %s · 3', :deans, :team, :own), 'the dean reads of all notes in the timelines'),
       is(pg_temp.steps('ida'), format('%s %s · 2', :team, :own), 'the author of a note and of those of the team'),
       is(pg_temp.steps('token'), format('%s · 1', :team), 'a program of those of the team');
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :team, 'retract', true)) \g /dev/null
select is(pg_temp.steps('ida'), format('%s %s · 3', :team, :own), 'that a note was taken back is no secret to those who could read it');
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :deans, 'text', 'other words')) \g /dev/null
select is(pg_temp.refusal_detail('ida', 'ada', 'due', '{"revision": 1}') ->> 'verb', null, 'who comes too late is not told that a note was in the way which they may not read'),
       is(pg_temp.refusal_detail('dean', 'ada', 'due', '{"revision": 1}') ->> 'verb', 'note_change', 'the dean is');
select is(pg_temp.act('ida', 'ada', 'note_change', jsonb_build_object('note', :own, 'tier', 'team'))::jsonb ->> 'case', (pg_temp.case_of('ada')).case_id::text,
          'a note of another tier'),
       is((select text from core.case_note where note_id = :own order by revision desc limit 1), 'own words', 'has the same words');

create function pg_temp.reads(person text) returns bool language sql as $$
  select (api.case_show(pg_temp.as_(person), jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).body::jsonb @> '{"notes": [{"text": "between us"}]}'
$$;
create function pg_temp.may_take(person text) returns bool language sql as $$
  select (api.case_show(pg_temp.as_(person), jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).body::jsonb @> '{"verbs": [{"verb": "take"}]}'
$$;
select pg_temp.act('dean', 'ada', 'take'), pg_temp.act('dean', 'ada', 'note', '{"text": "between us", "tier": "owner"}') \g /dev/null
select is(pg_temp.may_take('ida'), false, 'a case that somebody has is not offered'),
       is(pg_temp.act('ida', 'ada', 'take'), '403 not_owner', 'nor taken from them: the notes for its owner would come with it'),
       is(pg_temp.reads('ida'), false, 'and are not read');
update core.staff set status = 'disabled' where staff_id = (select staff_id from person where tag = 'dean');
select is(pg_temp.may_take('ida'), true, 'whose owner is not there any more is taken'), is(pg_temp.act('ida', 'ada', 'take')::jsonb #>> '{owner,name}', 'Ida', 'by whoever works on it');
update core.staff set status = 'active' where staff_id = (select staff_id from person where tag = 'dean');
select is(pg_temp.act('dean', 'ada', 'take')::jsonb #>> '{owner,name}', 'Dean', 'who may assign may take');

-- ---- the trail, which auditors read
create function pg_temp.trail(p_action text) returns jsonb language sql as $$
  select i -> 'detail' from jsonb_array_elements((api.trail(pg_temp.as_('auditor'), jsonb_build_object('action', p_action))).body::jsonb -> 'items') i limit 1
$$;
select api.student_plan_change(pg_temp.as_('dean'), jsonb_build_object('student', '1001', 'body', jsonb_build_object('revision',
         core.plan_revision(:north, pg_temp.student('ada')), 'action', 'planned', 'exam_day', '2027-06-01', 'reason', 'secret words'))) \g /dev/null
select is(pg_temp.trail('student_plan_change') - 'change_id', '{"attempt": 1}', 'the trail has the number of what was said of a plan, and not what was said');
select api.clearance_decide(pg_temp.as_('dean'), jsonb_build_object('student', '1001', 'body', jsonb_build_object('revision', d ->> 'revision',
         'fingerprint', d #>> '{proposal,fingerprint}', 'state', 'not_cleared', 'reason', 'secret words', 'reviewed', '["results"]'::jsonb)))
  from (select (api.student_clearance(pg_temp.as_('dean'), '{"student": "1001"}')).body::jsonb as d) q \g /dev/null
select is(pg_temp.trail('clearance_decide') - '{clearance_id,policy_id}'::text[], '{"attempt": 1, "revision": 1}', 'and of a decision its number');

-- What a list was narrowed by, beside the names of those in it, is a record of theirs.
select lives_ok(format('select api.looked(%L::api.caller, %L, 200::int2, array[%s], null, %L, false)', pg_temp.as_('dean'), f, pg_temp.student('ada'), d), f || ' was looked at')
  from (values ('students', '{"state": "at_risk", "sort": "p", "limit": "1", "class_year": "2028"}'), ('clearance_list', '{"state": "not_cleared", "proposal": "fails"}'),
               ('calendar', '{"from": "2027-06-01", "to": "2027-06-01", "kind": "exam"}'), ('student', '{"student": "1001"}')) v(f, d);
select is(pg_temp.trail(f), d, f || ': what was asked for is on the trail by name')
  from (values ('students', '{"state": "not shown", "sort": "not shown", "limit": "not shown", "class_year": "2028"}'::jsonb), ('clearance_list', '{"state": "not shown", "proposal": "not shown"}'),
               ('calendar', '{"from": "not shown", "to": "not shown", "kind": "not shown"}'), ('student', '{"student": "1001"}')) v(f, d);
select is((select detail from audit.event where action = 'clearance_list' order by event_id desc limit 1), '{"state": "not_cleared", "proposal": "fails"}', 'all of it is kept');
select is(core.detail_shown('access_request_change', '{"state": "granted"}'), '{"state": "granted"}', 'what was done is shown as it was written');

-- ---- figures, for those who see no student
insert into ops.job (school_id, kind, args, asked_by, asked_at, state, finished_at, result)
select :north, 'preview', '{}', staff_id, core.now(), 'done', core.now(),
       '{"skipped": 0, "students": 71, "changed": 13, "moves": [], "counts": [{"from": "at_risk", "to": "at_risk", "n": 40}, {"from": "at_risk", "to": "on_track", "n": 1},
         {"from": "on_track", "to": "at_risk", "n": 12}, {"from": "on_track", "to": "on_track", "n": 18}]}' from person where tag = 'dean' returning job_id as preview \gset
create function pg_temp.preview(person text, job int8) returns text language sql as $$
  select concat_ws(' ', r ->> 'students', coalesce(r ->> 'changed', '-'), (select string_agg(coalesce(c ->> 'n', '-'), ' ' order by n) from jsonb_array_elements(r -> 'counts') with ordinality x(c, n)))
    from (select (api.job_show(pg_temp.as_(person), jsonb_build_object('job', job))).body::jsonb -> 'result' as r) q
$$;
select is(pg_temp.preview('dean', :preview), '71 13 40 1 12 18', 'a dean gets the figures of a preview as they are'),
       is(pg_temp.preview('auditor', :preview), '71 - 40 - - 18', 'an auditor not the one, nor what would give it away');

-- Who audits and advises as well sees the figures of the whole school, and records only where there is a ground.
update ops.job set result = result || jsonb_build_object('moves', jsonb_build_array(jsonb_build_object('student_id', pg_temp.student('ben'), 'from', 1, 'to', 3,
         'p_from', 0.5, 'p_to', 0.9))) where job_id = :preview;
select pg_temp.person('both', 'north', :north, 'adviser', 'auditor') \g /dev/null
select is((api.job_show(pg_temp.as_(t), jsonb_build_object('job', :preview))).body::jsonb #>> '{result,moves,0,student,student_id}', w, t || ' is told who moves')
  from (values ('dean', '1002'), ('auditor', null), ('both', null)) v(t, w);

-- ---- the log of the database: DETAIL of a refusal is the record as it is now, that of an error quotes keys
select is_empty($$ select r.rolname from pg_roles r
                    where r.rolname ~ '^sg_' and r.rolcanlogin and not exists (
                      select from pg_db_role_setting s where s.setrole = r.oid and s.setdatabase = 0
                         and s.setconfig @> '{log_error_verbosity=terse,log_parameter_max_length=0}') $$,
                'whatever the cluster''s settings, what the programs are told is not logged');
select * from finish();
rollback;
