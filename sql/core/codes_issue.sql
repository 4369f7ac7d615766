-- Stores one-time enrolment codes, of which only the SHA-256 comes here: rows [{"student_id","code_hash" (hex)}]. A new code ends
-- the student's earlier unspent ones: what was lost in the post must not enrol anybody later. Students who are not active count as
-- unknown. By the clock, as the enrolment port judges them. Gives the students who got one, and the ids of those who did not.
-- Locks: the ended codes.
create or replace function core.codes_issue(p_school int4, p_rows jsonb, p_expires_at timestamptz, out students int8[],
                                            out unknown jsonb)
  language plpgsql as $$
begin
  select coalesce(array_agg(distinct s.student_id) filter (where s.student_id is not null), '{}'),
         coalesce(jsonb_agg(r.student_id order by r.student_id) filter (where s.student_id is null), '[]')
    into students, unknown
    from jsonb_to_recordset(p_rows) r(student_id text, code_hash text)
    left join core.student s on s.school_id = p_school and s.external_id = r.student_id and s.status <> 'inactive';

  update core.enrol_code c
     set expires_at = now()
   where c.school_id = p_school and c.student_id = any (students) and c.spent_at is null and c.expires_at > now();

  insert into core.enrol_code (school_id, code_hash, student_id, issued_at, expires_at)
  select p_school, decode(r.code_hash, 'hex'), s.student_id, now(), p_expires_at
    from jsonb_to_recordset(p_rows) r(student_id text, code_hash text)
    join core.student s on s.school_id = p_school and s.external_id = r.student_id and s.status <> 'inactive';

  update core.progress p set invited_at = now()
   where p.school_id = p_school and p.student_id = any (students) and p.invited_at is null;
end
$$;
