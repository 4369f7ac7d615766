-- Notes of a case. Only the author edits, which is a further revision; the author or a dean takes one back, and its text stays for
-- the dean. A note that this person may not read does not exist for them. Tier 'student' makes of it a message, which the student's
-- own client shows (api.messages_of).
create or replace function core.case_notes(p_me core.me, p_case core.case_file, p_verb text, p_body jsonb) returns core.case_step
  language plpgsql as $$
declare
  c_most constant int4 := 8000;
  v_note core.case_note;
  v_retract bool := core.arg_choice(p_body, 'retract', '{true,false}', 'false')::bool;
begin
  if p_verb = 'note' then
    insert into core.case_note (school_id, case_id, student_id, author_id, tier, text, at)
    values (p_case.school_id, p_case.case_id, p_case.student_id, p_me.staff_id,
            core.arg_choice(p_body, 'tier', '{student,team,owner,dean}', 'team'), core.arg(p_body, 'text', true, c_most), p_me.now)
    returning * into v_note;
    return row(p_case, jsonb_build_object('note', v_note.note_id, 'tier', v_note.tier))::core.case_step;
  end if;
  select * into v_note from core.case_note n
   where n.school_id = p_case.school_id and n.case_id = p_case.case_id
     and n.note_id = core.arg_number(p_body, 'note', null, 1, 999999999999)
   order by n.revision desc limit 1;
  if not found or not core.note_readable(p_me, p_case, v_note) then
    perform core.refuse(422, 'invalid', 'This case has no such note.', 'note');
  elsif v_note.retracted then
    perform core.refuse(409, 'retracted', 'This note was taken back.', 'note');
  elsif v_note.author_id <> p_me.staff_id and not (v_retract and 'dean' = any (p_me.roles)) then
    perform core.refuse(403, 'not_author', 'Only its author changes a note.', 'note');
  end if;
  insert into core.case_note (school_id, note_id, revision, case_id, student_id, author_id, tier, text, at, retracted)
  values (v_note.school_id, v_note.note_id, v_note.revision + 1, v_note.case_id, v_note.student_id, v_note.author_id,
          core.arg_choice(p_body, 'tier', '{student,team,owner,dean}', v_note.tier),
          case when v_retract then v_note.text
               else coalesce(core.arg(p_body, 'text', not p_body ? 'tier', c_most), v_note.text) end, p_me.now, v_retract);
  return row(p_case, jsonb_build_object('note', v_note.note_id, 'revision', v_note.revision + 1, 'retracted',
    v_retract))::core.case_step;
end
$$;
