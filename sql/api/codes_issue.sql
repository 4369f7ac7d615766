-- Issues one-time enrolment codes, of which only the SHA-256 comes here: rows [{"student_id","code_hash" (hex)}]. A new code ends
-- the student's earlier unspent ones: what was lost in the post must not enrol anybody later. Gives
-- {"issued":n,"students":[{"student_id","given_name","family_name"}],"unknown":[student_id, …]}, the names for the letters;
-- students who are not active count as unknown.
--
-- Who: sg_operator. Ground: running the service. Audited. Locks: the ended codes.
create or replace function api.codes_issue(p_school_code text, p_rows jsonb, p_expires_at timestamptz) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_students int8[];
  v_unknown jsonb;
  v_issued int4;
begin
  if p_expires_at <= now() then
    raise exception 'the codes would have expired already' using errcode = 'invalid_parameter_value';
  end if;
  select array_agg(distinct s.student_id) filter (where s.student_id is not null),
         coalesce(jsonb_agg(r.student_id order by r.student_id) filter (where s.student_id is null), '[]')
    into v_students, v_unknown
    from jsonb_to_recordset(p_rows) r(student_id text, code_hash text)
    left join core.student s on s.school_id = v_school.school_id and s.external_id = r.student_id and s.status <> 'inactive';

  update core.enrol_code c
     set expires_at = now()
   where c.school_id = v_school.school_id and c.student_id = any (v_students) and c.spent_at is null and c.expires_at > now();

  insert into core.enrol_code (school_id, code_hash, student_id, expires_at)
  select v_school.school_id, decode(r.code_hash, 'hex'), s.student_id, p_expires_at
    from jsonb_to_recordset(p_rows) r(student_id text, code_hash text)
    join core.student s on s.school_id = v_school.school_id and s.external_id = r.student_id and s.status <> 'inactive';
  get diagnostics v_issued = row_count;

  update core.progress p set invited_at = now()
   where p.school_id = v_school.school_id and p.student_id = any (v_students) and p.invited_at is null;

  perform core.note(v_school.school_id, 'codes_issue', v_students,
                    jsonb_build_object('issued', v_issued, 'unknown', v_unknown, 'expires_at', p_expires_at));
  return jsonb_build_object('issued', v_issued, 'unknown', v_unknown, 'students', (
    select coalesce(jsonb_agg(jsonb_build_object('student_id', s.external_id, 'given_name', s.given_name,
                                                 'family_name', s.family_name)
                              order by s.student_id), '[]')
      from core.student s where s.school_id = v_school.school_id and s.student_id = any (v_students)));
end
$$;
