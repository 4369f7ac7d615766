-- Issues one-time enrolment codes (core.codes_issue): rows [{"student_id","code_hash" (hex)}]. Gives {"issued":n,
-- "students":[{"student_id","given_name","family_name"}],"unknown":[student_id, …]}, the names for the letters.
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
  select i.students, i.unknown into v_students, v_unknown from core.codes_issue(v_school.school_id, p_rows, p_expires_at) i;
  v_issued := jsonb_array_length(p_rows) - jsonb_array_length(v_unknown);
  perform core.note(v_school.school_id, 'codes_issue', v_students,
                    jsonb_build_object('issued', v_issued, 'unknown', v_unknown, 'expires_at', p_expires_at));
  return jsonb_build_object('issued', v_issued, 'unknown', v_unknown, 'students', core.codes_named(v_school.school_id, v_students));
end
$$;
