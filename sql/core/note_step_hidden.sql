-- Whether a step of a case is about a note that this person may not read (core.note_readable): that there is such a note, of which
-- tier, and when somebody was at it is not for them either. A note taken back stays in sight of those who could read it.
create or replace function core.note_step_hidden(p_me core.me, p_step core.case_event) returns bool
  language plpgsql stable as $$
declare
  v_note core.case_note;
  v_case core.case_file;
begin
  if p_step.verb not in ('note', 'note_change') then
    return false;
  end if;
  select * into v_note from core.case_note n
   where n.school_id = p_step.school_id and n.note_id = (p_step.detail ->> 'note')::int8
   order by n.revision desc limit 1;
  select * into v_case from core.case_file c where c.school_id = v_note.school_id and c.case_id = v_note.case_id;
  v_note.retracted := false;
  return not core.note_readable(p_me, v_case, v_note);
end
$$;
