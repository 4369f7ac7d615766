-- To whom this student's record was given outside the school's officials, for the student's own client (34 CFR 99.32(c)), newest
-- first; of entries that were corrected only the last. One row with the verdict alone where the certificate does not speak for this
-- student (core.verdicts); no row where there is nothing to tell.
--
-- Who: sg_student. Ground: the student's own certificate. Locks: none.
create or replace function api.disclosures_of(p_school_id int4, p_student_id int8, p_device_id int8, p_serial bytea)
  returns table (verdict int2, disclosure_id int8, disclosed_on date, outcome text, recipient text, interest text, what text,
                 basis_source text, basis_words text, threat text, onward text)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_verdict int2;
begin
  perform core.enter(array[p_school_id]);
  select v.verdict into v_verdict
    from core.verdicts(array[row(p_school_id, p_student_id, p_device_id, p_serial, 0)::api.upload_row]) v;
  if v_verdict <> 0 then
    return query select v_verdict, null::int8, null::date, null, null, null, null, null, null, null, null;
    return;
  end if;
  return query
    select 0::int2, d.disclosure_id, d.disclosed_on, d.outcome, d.recipient, d.interest, d.what, b.source, b.words, d.threat,
           d.onward
      from audit.disclosure d
      join core.disclosure_bases() b on b.basis = d.basis
     where d.school_id = p_school_id and d.students @> array[p_student_id]
       and not exists (select from audit.disclosure c where c.school_id = d.school_id and c.corrects = d.disclosure_id)
     order by d.disclosed_on desc, d.disclosure_id desc;
end
$$;
