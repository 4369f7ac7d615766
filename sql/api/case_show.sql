-- One case with all that hangs on it: reasons (closed and muted ones too), the timeline, contacts, the notes this person may read,
-- tasks, plan items, the student's life events, and what this person may do now. GET /api/v1/cases/{case}
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.case_show(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_case core.case_file;
  v_student core.student;
  v_ground text;
  v_page jsonb;
begin
  perform core.args_known(p_args, '{case}');
  v_case := core.case_find(v_me, core.arg_number(p_args, 'case', null, 1, 999999999999));
  select * into v_student from core.student s where s.school_id = v_case.school_id and s.student_id = v_case.student_id;
  v_ground := core.ground_for(v_me, v_case.student_id);
  v_page := core.case_head(v_case, v_student, (v_me.now at time zone v_me.zone)::date) || jsonb_build_object(
    'exam_on', v_case.exam_on, 'last_safe_on', v_case.last_safe_on,
    'ground', v_ground, 'verbs', core.case_allowed(v_me, v_case),
    'reasons', core.case_reasons(v_case, v_me.now, p_all => true),
    'notes', core.case_notes_list(v_me, v_case),
    'notice', 'Every note here, of every tier, is part of the student''s education record: the student may read it (34 CFR 99.10).',
    'timeline', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'at', e.at, 'case', e.case_id, 'by', core.staff_ref(e.school_id, e.staff_id), 'verb', e.verb, 'from', e.from_state,
               'to', e.to_state, 'revision', e.revision, 'detail', e.detail) order by e.at desc, e.event_id desc), '[]')
        from core.case_event e
       where e.school_id = v_case.school_id and not core.note_step_hidden(v_me, e)
         and e.case_id in (select v_case.case_id union all
                           select m.case_id from core.case_file m
                            where m.school_id = v_case.school_id and m.student_id = v_case.student_id
                              and m.merged_into = v_case.case_id)),
    'contacts', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'contact', x.contact_id, 'by', core.staff_ref(x.school_id, x.staff_id), 'at', x.at, 'on', x.on_day, 'channel',
                 x.channel,
               'outcome', x.outcome, 'sentence', x.sentence) order by x.on_day desc, x.contact_id desc), '[]')
        from core.case_contact x where x.school_id = v_case.school_id and x.case_id = v_case.case_id),
    'tasks', (
      select coalesce(jsonb_agg(core.case_task_of(t, (v_me.now at time zone v_me.zone)::date)
                                order by t.state <> 'open', t.due_on nulls last, t.task_id), '[]')
        from core.case_task t where t.school_id = v_case.school_id and t.case_id = v_case.case_id),
    'plan', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'item', i.item_id, 'kind', i.kind, 'text', i.text, 'starts_on', i.starts_on, 'ends_on', i.ends_on,
               'earliest_retake', i.earliest_retake, 'state', i.state, 'by', core.staff_ref(i.school_id, i.created_by),
               'created_at', i.created_at, 'changed_at', i.changed_at) order by i.state = 'dropped', i.item_id), '[]')
        from core.case_plan_item i where i.school_id = v_case.school_id and i.case_id = v_case.case_id),
    'life_events', (
      select coalesce(jsonb_agg(core.life_event_of(l) order by l.starts_on desc, l.event_id desc), '[]')
        from core.life_event l where l.school_id = v_case.school_id and l.student_id = v_case.student_id
          and l.withdrawn_at is null));
  return core.reply(v_page, array[v_case.student_id], v_ground);
end
$$;
