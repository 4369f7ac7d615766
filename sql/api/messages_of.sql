-- What somebody of the office wrote to this student, for the student's own client: notes of the tier 'student' as they are now,
-- newest first. A note of another tier is not among them, nor one that was taken back, nor what a message said before it was
-- edited. One row with the verdict alone where the certificate does not speak for this student (core.verdicts); no row where
-- there is nothing to tell.
--
-- Who: sg_student. Ground: the student's own certificate. Locks: none.
create or replace function api.messages_of(p_school int4, p_student int8, p_device int8, p_serial bytea)
  returns table (verdict int2, message_id int8, written_at timestamptz, changed_at timestamptz, writer text, body text)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_verdict int2;
begin
  perform core.enter(array[p_school]);
  select v.verdict into v_verdict
    from core.verdicts(array[row(p_school, p_student, p_device, p_serial, 0)::api.upload_row]) v;
  if v_verdict <> 0 then
    return query select v_verdict, null::int8, null::timestamptz, null::timestamptz, null, null;
    return;
  end if;
  return query
    select 0::int2, n.note_id, first.at, n.at, s.name, n.text
      from core.case_note n
      join core.case_note first on first.school_id = n.school_id and first.note_id = n.note_id and first.revision = 1
      join core.staff s on s.school_id = n.school_id and s.staff_id = n.author_id
     where n.school_id = p_school and n.student_id = p_student and n.tier = 'student' and not n.retracted
       and not exists (select from core.case_note l
                        where l.school_id = n.school_id and l.note_id = n.note_id and l.revision > n.revision)
     order by first.at desc, n.note_id desc;
end
$$;
