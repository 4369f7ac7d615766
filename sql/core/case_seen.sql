-- Refuses (409 conflict, with the case as it is now and who changed it) where the case is not any more what the request saw. p_seen
-- null: the request named no revision. What was done is not said where it was a note that this person may not read.
create or replace function core.case_seen(p_me core.me, p_case core.case_file, p_seen int8) returns void
  language plpgsql stable as $$
declare
  v_event core.case_event;
begin
  if p_seen is null or p_seen = p_case.revision then
    return;
  end if;
  select * into v_event from core.case_event e
   where e.school_id = p_case.school_id and e.case_id = p_case.case_id and e.revision = p_case.revision
   order by e.event_id desc limit 1;
  if core.note_step_hidden(p_me, v_event) then
    v_event.verb := null;
  end if;
  perform core.refuse(409, 'conflict',
    format('%s changed this case meanwhile%s.', coalesce(core.staff_ref(p_case.school_id, v_event.staff_id) ->> 'name',
      'A rule'),
           coalesce(' (' || replace(v_event.verb, '_', ' ') || ')', '')),
    'revision', 'Look at it as it is now, then decide again.',
    jsonb_build_object(
      'current', (select core.case_head(p_case, s, (p_me.now at time zone p_me.zone)::date) from core.student s
                   where s.school_id = p_case.school_id and s.student_id = p_case.student_id),
      'by', core.staff_ref(p_case.school_id, v_event.staff_id), 'verb', v_event.verb, 'at', v_event.at));
end
$$;
