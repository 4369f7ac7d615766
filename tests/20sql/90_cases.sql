-- Cases: every step of the table of transitions, what the rules open and close, mutes, the sweep, undo, merge, and who may do what.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();

-- ---- what opens a case, and once
select pg_temp.assess('ada', 0.9, 3, pg_temp.flag('ada', 'plateau', 2)) \g /dev/null
select is(pg_temp.cases(), null, 'on track, a flag to watch: no case');
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'decline', 3)) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline]', 'a warning opens one');
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'decline', 3, 'other words')) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline]', 'again is not another');
select is((select count(*) from core.case_event where verb like 'reason%'), 1::int8, 'other words for the same evidence are no event');
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'decline', 3, evidence => '["a"]')) \g /dev/null
select is((select string_agg(verb, ' ' order by event_id) from core.case_event), 'open reason_open reason_change', 'new evidence is noted with its reason');
select is((select evidence from core.case_reason), '["a"]', 'and kept there');
select is((select revision from core.case_file), 1, 'which is no conflict for anybody at work on it');
select pg_temp.assess('ada', 0.5, 1, pg_temp.flag('ada', 'decline', 3), pg_temp.flag('ada', 'low_probability', 3)) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline low_probability]', 'a further one joins it');
select is((select revision from core.case_file), 2, 'which is');
select pg_temp.assess('ben', 0.5, 1) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline low_probability] · 1002/1 new warning [at_risk]', 'at risk is reason enough');
select pg_temp.assess('ben', 0.9, 3) \g /dev/null
select is(pg_temp.cases('1002'), '1002/1 resolved info []', 'what nobody touched ends when its reasons do');
select is((select resolution from core.case_file where state = 'resolved'), 'recovered', 'and says so');
select pg_temp.assess('ben', 0.5, 1) \g /dev/null
select is(pg_temp.cases('1002'), '1002/1 new warning [at_risk]', 'and comes back as the same case, new, for nobody had resolved it');
select is((select times from core.case_reason where code = 'at_risk'), 2, 'the reason counts');
select pg_temp.assess('ada', 0.5, 1, pg_temp.flag('ada', 'low_probability', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 escalating urgent [low_probability]', 'graver than all before while it waits: escalating');
select is((select due_on from core.case_file c where c.student_id = pg_temp.student('ada')), pg_temp.today() + 3, 'due by its first severity');
select is((select count(*) from core.case_file where school_id = :south), 0::int8, 'another school has none');


-- ---- the table of transitions: every state × every verb, as the functions do it
create function pg_temp.walk(p_state text, p_verb text) returns text language plpgsql as $$
declare
  v_ben int8 := pg_temp.student('ben');
  v_school int4 := (select school_id from device where tag = 'ben');
  v_dean int8 := (select staff_id from person where tag = 'dean');
  v_into core.case_file := pg_temp.case_of('ben'); -- of the coming attempt
  v_case int8;
  v_body jsonb;
  v_said text;
begin
  insert into core.case_file (school_id, student_id, attempt, state, state_since, state_why, opened_at, owner_id, held_for, snooze_until, resolution,
                              merged_into, mark_p, mark_delta)
  values (v_school, v_ben, 2, p_state, core.now(), '', core.now(), v_dean, v_dean, pg_temp.today() + 9,
          case when p_state = 'resolved' then 'ready' end, case when p_state = 'merged' then v_into.case_id end, 0.5, 0.1)
  returning case_id into v_case;
  insert into core.case_task (school_id, case_id, student_id, title, owner_id, created_by, created_at)
  values (v_school, v_case, v_ben, 'x', v_dean, v_dean, core.now());
  insert into core.case_plan_item (school_id, case_id, student_id, kind, created_by, created_at, changed_at)
  values (v_school, v_case, v_ben, 'course', v_dean, core.now(), core.now());
  insert into core.case_note (school_id, case_id, student_id, author_id, tier, text, at)
  values (v_school, v_case, v_ben, v_dean, 'team', 'x', core.now());
  v_body := '{"revision": 1}' || case p_verb
    when 'contact' then '{"channel": "phone", "outcome": "met"}'::jsonb
    when 'snooze' then jsonb_build_object('until', pg_temp.today() + 5)
    when 'hand_over' then jsonb_build_object('to', v_dean, 'sentence', 'x')
    when 'assign' then jsonb_build_object('to', v_dean)
    when 'task' then '{"title": "x"}'
    when 'task_change' then (select jsonb_build_object('task', t.task_id, 'state', 'done') from core.case_task t where t.case_id = v_case)
    when 'plan' then '{"kind": "tutoring"}'
    when 'plan_change' then (select jsonb_build_object('item', i.item_id, 'state', 'agreed') from core.case_plan_item i where i.case_id = v_case)
    when 'note' then '{"text": "x"}'
    when 'note_change' then (select jsonb_build_object('note', n.note_id, 'text', 'y') from core.case_note n where n.case_id = v_case)
    when 'merge' then jsonb_build_object('into', v_into.case_id, 'into_revision', v_into.revision)
    when 'resolve' then '{"resolution": "ready"}'
    else '{}' end;
  v_said := pg_temp.refusal(format('select api.case_act(:me, %L)', jsonb_build_object('case', v_case, 'verb', p_verb, 'body', v_body)), 'dean');
  if v_said = '' then
    select c.state || case when c.revision = 2 then '' else ' revision?' end
           || case when exists (select from core.case_event e where e.case_id = v_case and (e.from_state, e.to_state, e.verb, e.revision)
                                 = (p_state, c.state, p_verb, 2)) then '' else ' no event' end
      into v_said from core.case_file c where c.case_id = v_case;
  end if;
  raise exception using errcode = 'P0099', message = v_said;
exception when sqlstate 'P0099' then
  return sqlerrm;
end
$$;
select is(pg_temp.walk(s, v.verb), coalesce(t.next, '409 not_allowed'), format('%s of a case that is %s', v.verb, s))
  from unnest('{new,acknowledged,in_progress,watching,regressed,escalating,resolved,merged}'::text[]) s
 cross join (select verb from core.case_verbs() where verb <> 'undo') v
  left join core.case_transitions() t on t.state = s and t.verb = v.verb and t.right <> 'rule';
select is_empty($$ select state, verb from core.case_transitions() group by 1, 2 having count(*) > 1 $$, 'one way each');
select set_eq($$ select distinct verb from core.case_transitions() where "right" <> 'rule' $$, $$ select verb from core.case_verbs() where verb <> 'undo' $$,
              'each verb has its members, and leads somewhere');
select is_empty($$ select verb from core.case_transitions() where "right" <> 'rule' group by verb having count(distinct "right") > 1 $$,
                'a verb needs one right, wherever it is used');
select is_empty($$ select * from core.case_transitions() t where "right" not in (select r.right from core.role_rights() r union select 'rule') $$,
                'rights are those of the roles');

-- ---- revisions
select is(pg_temp.act('dean', 'ada', 'start', '{"revision": 99}'), '409 conflict', 'somebody was faster');
select is(pg_temp.act('dean', 'ada', 'start', '{"revision": null}'), '422 missing', 'a change names what it saw');
select is(pg_temp.act('dean', 'ada', 'note', '{"text": "x", "revision": null}')::jsonb ->> 'state', 'escalating', 'what only adds need not');
select is(pg_temp.act('dean', 'ada', 'note', '{"text": "x", "revision": 1}'), '409 conflict', 'but is held to it where it does');
select is(pg_temp.act('dean', 'ada', 'start', '{"colour": 1}'), '422 unknown_field', 'nothing that nobody asked for');
select is(pg_temp.act('dean', 'ada', 'dance'), '404 not_found', 'no such verb');
select is(c -> 'by' ->> 'name', 'Dean', 'a conflict says who'), is(c -> 'current' ->> 'state', 'escalating', 'and how it is now')
  from (select pg_temp.refusal_detail('dean', 'ada', 'start', '{"revision": 1}') as c) q;

-- ---- watch: until worse
select pg_temp.act('ida', 'ada', 'watch', '{"delta_points": 10}') \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 watching urgent [low_probability]', 'watched');
select pg_temp.assess('ada', 0.41, 1, pg_temp.flag('ada', 'low_probability', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 watching urgent [low_probability]', 'nine points are not ten');
select pg_temp.assess('ada', 0.40, 1, pg_temp.flag('ada', 'low_probability', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 escalating urgent [low_probability]', 'ten are');
select matches((pg_temp.case_of('ada')).state_why, '40 %, from 50 %', 'and the sentence says from where');
select pg_temp.act('ida', 'ada', 'watch', '{"delta_points": 30}') \g /dev/null
select pg_temp.assess('ada', 0.40, 1, pg_temp.flag('ada', 'low_probability', 4), pg_temp.flag('ada', 'decline', 3)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 escalating urgent [decline low_probability]', 'or a new rule');
select pg_temp.act('ida', 'ada', 'start') \g /dev/null
select pg_temp.assess('ada', 0.20, 1, pg_temp.flag('ada', 'low_probability', 4), pg_temp.flag('ada', 'attempt_limit', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 in_progress urgent [attempt_limit low_probability]', 'what is in somebody''s hands gets the reason and stays there');

-- ---- resolved, and fallen again
select pg_temp.act('ida', 'ada', 'resolve', '{"resolution": "plan_agreed", "sentence": "Two more forms first"}') \g /dev/null
select pg_temp.assess('ada', 0.20, 1, pg_temp.flag('ada', 'low_probability', 4, 'in 9 days'), pg_temp.flag('ada', 'attempt_limit', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 resolved urgent [attempt_limit low_probability]', 'the same reasons do not reopen what a person resolved');
select pg_temp.assess('ada', 0.20, 1, pg_temp.flag('ada', 'low_probability', 4)) \g /dev/null
select pg_temp.assess('ada', 0.20, 1, pg_temp.flag('ada', 'low_probability', 4), pg_temp.flag('ada', 'attempt_limit', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 regressed urgent [attempt_limit low_probability]', 'one that went and came again does');
select is((pg_temp.case_of('ada')).resolution, null::text, 'it is not resolved any more');
select pg_temp.act('ida', 'ada', 'resolve', '{"resolution": "ready"}') \g /dev/null
select pg_temp.assess('ada', 0.10, 1, pg_temp.flag('ada', 'low_probability', 4), pg_temp.flag('ada', 'attempt_limit', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 regressed urgent [attempt_limit low_probability]', 'or P, by regress_delta_points');
select pg_temp.act('dean', 'ada', 'resolve', '{"resolution": "recovered"}') as said \gset
select is(:'said'::text, '422 invalid', 'what only a rule can know');
select pg_temp.act('dean', 'ada', 'resolve', '{"resolution": "not_needed"}') \g /dev/null
select is(pg_temp.act('dean', 'ada', 'reopen')::jsonb ->> 'state', 'in_progress', 'reopen is the undo of resolve');

-- ---- undo
create function pg_temp.without_revision(c core.case_file) returns jsonb language sql as $$ select to_jsonb(c) - 'revision' $$;
create function pg_temp.undone(person text, tag text, verb text, body jsonb = '{}') returns text language plpgsql as $$
declare
  v_before jsonb := pg_temp.without_revision(pg_temp.case_of(tag));
  v_said text := pg_temp.act(person, tag, verb, body);
begin
  if v_said !~ '^{' then
    return v_said;
  end if;
  v_said := pg_temp.act(person, tag, 'undo');
  return case when v_said !~ '^{' then v_said when pg_temp.without_revision(pg_temp.case_of(tag)) = v_before then 'as before' else 'other' end;
end
$$;
select pg_temp.assess('ben', 0.5, 1, pg_temp.flag('ben', 'low_probability', 3)) \g /dev/null
select is(pg_temp.undone('dean', 'ben', v, b), 'as before', 'undo of ' || v)
  from (values ('acknowledge', '{}'::jsonb), ('start', '{}'), ('watch', '{}'), ('snooze', jsonb_build_object('until', pg_temp.today() + 3)),
               ('take', '{}'), ('assign', jsonb_build_object('to', (select staff_id from person where tag = 'dean'))),
               ('due', jsonb_build_object('on', pg_temp.today() + 3)), ('follow_up', jsonb_build_object('on', pg_temp.today() + 3))) v(v, b);
select is(pg_temp.undone('dean', 'ben', 'contact', '{"channel": "phone", "outcome": "met"}'), '409 nothing_to_undo', 'a contact happened');
select pg_temp.act('dean', 'ben', 'take') \g /dev/null
select pg_temp.assess('ben', 0.5, 1, pg_temp.flag('ben', 'low_probability', 3), pg_temp.flag('ben', 'decline', 3)) \g /dev/null
select is(pg_temp.act('dean', 'ben', 'undo'), '409 nothing_to_undo', 'nothing is undone over what came after it');
select pg_temp.act('dean', 'ben', 'watch') \g /dev/null
select is((select jsonb_agg(v -> 'verb') from jsonb_array_elements((api.case_show(pg_temp.as_('dean'),
  jsonb_build_object('case', (pg_temp.case_of('ben')).case_id))).body::jsonb -> 'verbs') v)
            @> '["undo", "start", "resolve"]', true, 'a case says what one may do');
select pg_temp.at(core.now() + interval '15 min') \g /dev/null
select is(pg_temp.act('dean', 'ben', 'undo'), '409 nothing_to_undo', 'nor after undo_min');

-- ---- owners, hand-over, cover
select is(pg_temp.act('dean', 'ben', 'assign', jsonb_build_object('to', (select staff_id from person where tag = 'ida'))), '422 no_ground',
          'nobody gets a case whose student they may not see');
select is(pg_temp.act('ida', 'ada', 'hand_over', jsonb_build_object('to', (select staff_id from person where tag = 'dean'), 'sentence', 'x')), '403 not_owner',
          'one hands over what is one''s own') from (select pg_temp.act('dean', 'ada', 'take')) q;
select is(pg_temp.act('dean', 'ada', 'hand_over', jsonb_build_object('to', (select staff_id from person where tag = 'ida'))), '422 missing', 'with a sentence');
select is(pg_temp.act('dean', 'ada', 'hand_over', jsonb_build_object('to', (select staff_id from person where tag = 'ida'), 'sentence', 'Yours'))::jsonb
            -> 'owner' ->> 'name', 'Ida', 'to somebody who sees the student');
insert into core.cover (school_id, absent_id, staff_id, valid_from, valid_until, granted_by, granted_at)
select :north, i.staff_id, o.staff_id, core.now(), core.now() + interval '2 days', d.staff_id, core.now()
  from person i, person o, person d where (i.tag, o.tag, d.tag) = ('ida', 'other', 'dean');
select is(c -> 'owner' ->> 'name', 'Other', 'who covers takes a case'), is(c -> 'held_for' ->> 'name', 'Ida', 'for its owner')
  from (select pg_temp.act('other', 'ada', 'take')::jsonb as c) q;
select is(pg_temp.act('other', 'ada', 'hand_back')::jsonb -> 'owner' ->> 'name', 'Ida', 'and gives it back');
select pg_temp.act('other', 'ada', 'take') \g /dev/null
select pg_temp.at(core.now() + interval '2 days') \g /dev/null
select is(api.cases_sweep('north', null) -> 'steps' -> 'cover_end', '1', 'or it goes back when the cover ends');
select is((pg_temp.case_of('ada')).owner_id, (select staff_id from person where tag = 'ida'), 'to its owner');

-- ---- notes
select pg_temp.act('ida', 'ada', 'note', '{"text": "team words", "tier": "team"}'),
  pg_temp.act('ida', 'ada', 'note', '{"text": "owner words", "tier": "owner"}'),
       pg_temp.act('dean', 'ada', 'note', '{"text": "dean words", "tier": "dean"}'),
         pg_temp.act('dean', 'ada', 'note', '{"text": "team of dean", "tier": "team"}') \g /dev/null
create function pg_temp.notes(person text) returns text language sql as $$
  select string_agg(n ->> 'text' || case when (n ->> 'retracted')::bool then ' (taken back)' else '' end, ', ' order by n ->> 'text')
    from jsonb_array_elements((api.case_show(pg_temp.as_(person), jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).body::jsonb -> 'notes') n
   where n ->> 'text' <> 'x'
$$;
select is(pg_temp.notes('dean'), 'dean words, owner words, team of dean, team words', 'the dean reads all'),
       is(pg_temp.notes('ida'), 'owner words, team of dean, team words', 'the owner not the dean''s'),
       is(pg_temp.notes('token'), 'team of dean, team words', 'a program what the team reads');
select note_id as mine from core.case_note where text = 'owner words' \gset
select note_id as deans from core.case_note where text = 'dean words' \gset
select note_id as team from core.case_note where text = 'team of dean' \gset
select is(pg_temp.act('ida', 'ada', 'note_change', jsonb_build_object('note', :deans, 'text', 'z')), '422 invalid', 'what one may not read is not there'),
       is(pg_temp.act('ida', 'ada', 'note_change', jsonb_build_object('note', :team, 'text', 'z')), '403 not_author', 'only its author changes a note'),
       is(pg_temp.act('ida', 'ada', 'note_change', jsonb_build_object('note', :team, 'retract', true)), '403 not_author', 'or takes it back');
select pg_temp.act('ida', 'ada', 'note_change', jsonb_build_object('note', :mine, 'text', 'second words')) \g /dev/null
select is(pg_temp.notes('ida'), 'second words, team of dean, team words', 'an edit'),
       is((select count(*) from core.case_note where note_id = :mine), 2::int8, 'is a further revision');
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :mine, 'retract', true)) \g /dev/null
select is(pg_temp.notes('dean'), 'dean words, second words (taken back), team of dean, team words', 'a dean takes back, and still reads'),
       is(pg_temp.notes('ida'), 'team of dean, team words', 'the others do not');
select is(pg_temp.act('ida', 'ada', 'note_change', jsonb_build_object('note', :mine, 'text', 'z')), '422 invalid', 'nor change it');
select is_empty($$ select * from core.case_event where detail::text ~ 'words' and verb like 'note%' $$, 'no note''s text is in the timeline');
select is_empty($$ select * from audit.event where detail::text ~ 'words' and action like 'case%' $$, 'nor on the trail');

-- ---- contacts, tasks, plans, due work
select is(pg_temp.act('ida', 'ada', 'contact', '{"channel": "pigeon", "outcome": "met"}'), '422 invalid', 'contacts are coded'),
       is(pg_temp.act('ida', 'ada', 'contact', jsonb_build_object('channel', 'phone', 'outcome', 'met', 'on', pg_temp.today() + 1)), '422 invalid',
         'and happened');
select is(pg_temp.act('ida', 'ada', 'contact', '{"channel": "phone", "outcome": "no_answer"}')::jsonb ->> 'state', 'in_progress', 'any of them counts as work');
select pg_temp.act('ida', 'ada', 'task', jsonb_build_object('title', 'Ask for a timed form', 'due_on', pg_temp.today() + 2)) \g /dev/null
select pg_temp.act('ida', 'ada', 'follow_up', jsonb_build_object('on', pg_temp.today() + 3)) \g /dev/null
create function pg_temp.work(person text) returns text language sql as $$
  select string_agg(i ->> 'kind', ' ' order by n) from jsonb_array_elements((api.work(pg_temp.as_(person), '{}')).body::jsonb -> 'items') with ordinality x(i,
    n)
$$;
select is(pg_temp.work('ida'), 'case task follow_up', 'own work, by day'), is(pg_temp.work('dean'), 'case', 'each their own');
select pg_temp.act('ida', 'ada', 'task_change', jsonb_build_object('task', (select max(task_id) from core.case_task), 'state', 'done')) \g /dev/null
select is(pg_temp.work('ida'), 'case follow_up', 'done is done');
select is(pg_temp.act('ida', 'ada', 'plan', '{"kind": "recovery", "text": "x"}')::jsonb ->> 'state', 'in_progress', 'a plan');
select is(pg_temp.act('ida', 'ada', 'plan', '{"kind": "course", "starts_on": "2027-02-01", "ends_on": "2027-01-01"}'), '422 invalid',
  'that ends after it begins');
select * from finish();
rollback;
