-- One verb of one person on one case: looks whether it is allowed there (core.case_transitions), and whether the case is still what
-- the request saw; does it; writes the timeline and the trail. Gives what the page needs to go on: the case in short, until when
-- the step can be undone, and a sentence where there is something to say.
--
-- Locks: for merge the student's progress row first (see core.case_merge); the case.
create or replace function core.case_act(p_me core.me, p_case int8, p_verb text, p_body jsonb) returns jsonb
  language plpgsql as $$
declare
  v_verb record;
  v_was core.case_file;
  v_step core.case_step;
  v_case core.case_file;
  v_next text;
  v_student core.student;
begin
  select * into v_verb from core.case_verbs() v where v.verb = p_verb;
  perform core.args_known(jsonb_build_object('body', p_body), '{}', v_verb.fields);
  v_was := core.case_find(p_me, p_case);
  if p_verb = 'merge' then
    perform from core.progress p where p.school_id = v_was.school_id and p.student_id = v_was.student_id for no key update;
  end if;
  v_was := core.case_find(p_me, p_case, p_lock => true);
  if not v_verb.blind then
    perform core.arg(p_body, 'revision', true);
  end if;
  perform core.case_seen(p_me, v_was, core.arg_number(p_body, 'revision', null, 1, 2147483647));
  v_next := core.case_next(v_was.state, p_verb);
  if v_next is null and p_verb <> 'undo' then
    perform core.refuse(409, 'not_allowed', format('A case that is %s cannot be changed so.', replace(v_was.state, '_', ' ')),
      'verb',
      p_more => jsonb_build_object('state', v_was.state, 'verbs', core.case_allowed(p_me, v_was), 'merged_into',
        v_was.merged_into));
  end if;
  v_step := case
    when p_verb = 'undo' then core.case_undo(p_me, v_was)
    when p_verb = 'merge' then core.case_merge(p_me, v_was, p_body)
    when p_verb in ('contact', 'task', 'task_change', 'plan', 'plan_change', 'note', 'note_change')
      then core.case_attach(p_me, v_was, p_verb, p_body)
    else core.case_change(p_me, v_was, p_verb, p_body) end;
  v_case := v_step.kept;
  if p_verb <> 'undo' then
    v_case.state := v_next;
    if v_next <> v_was.state then
      v_case.state_since := p_me.now;
      v_case.state_why := left(p_me.name || ': ' || coalesce(v_step.detail ->> 'sentence', replace(p_verb, '_', ' ')), 1000);
      if v_next not in ('watching', 'resolved') then
        v_case.mark_p := null;
        v_case.mark_delta := null;
      end if;
    end if;
    if v_verb.acts then
      v_case.acted_at := p_me.now;
    end if;
  end if;
  v_case.revision := v_was.revision + 1;
  perform core.case_store(v_case);
  if p_verb = 'resolve' then
    update core.case_reason r set closed_at = p_me.now
     where r.school_id = v_case.school_id and r.case_id = v_case.case_id and r.source = 'person' and r.closed_at is null;
  end if;
  insert into core.case_event (school_id, case_id, student_id, at, staff_id, verb, from_state, to_state, revision, detail, before)
  values (v_case.school_id, v_case.case_id, v_case.student_id, p_me.now, p_me.staff_id, p_verb, v_was.state, v_case.state,
          v_case.revision, v_step.detail,
          case when v_verb.undoable then
            (select jsonb_object_agg(w.key, w.value) from jsonb_each(to_jsonb(v_was)) w
              where w.key <> 'revision' and w.value is distinct from to_jsonb(v_case) -> w.key) end);
  perform core.note_done(p_me, 'case_' || p_verb, array[v_case.student_id],
                         jsonb_build_object('case', v_case.case_id, 'revision', v_case.revision));
  select * into v_student from core.student s where s.school_id = v_case.school_id and s.student_id = v_case.student_id;
  return core.case_head(v_case, v_student, (p_me.now at time zone p_me.zone)::date)
         || jsonb_build_object(
              'undo_until', case when v_verb.undoable
                              then p_me.now + core.setting(p_me.school_id, 'undo_min') * interval '1 min' end,
              'say', case when p_verb = 'snooze' and v_case.severity >= 4 then
                       'This one is urgent: it comes back before that day if nobody acts on it in time, or if it gets worse.' end);
end
$$;
