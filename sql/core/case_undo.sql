-- Puts back what the last step changed: a person's own, of a kind that can be undone (core.case_verbs), within undo_min, and the
-- last thing that happened to the case. The row is locked by the caller.
create or replace function core.case_undo(p_me core.me, p_case core.case_file) returns core.case_step
  language plpgsql stable as $$
declare
  v_event core.case_event;
begin
  select e.* into v_event from core.case_event e
    join core.case_verbs() v on v.verb = e.verb and v.undoable
   where e.school_id = p_case.school_id and e.case_id = p_case.case_id and e.revision = p_case.revision
     and e.staff_id = p_me.staff_id
     and e.at + core.setting(p_me.school_id, 'undo_min') * interval '1 min' > p_me.now
   order by e.event_id desc limit 1;
  if not found then
    perform core.refuse(409, 'nothing_to_undo',
                        'The last thing that happened here is not one of yours, or cannot be undone any more.');
  end if;
  return row(jsonb_populate_record(p_case, v_event.before), jsonb_build_object('of', v_event.verb))::core.case_step;
end
$$;
