-- Keeps the hashes of codes that the daemon made (core.codes_issue): {"rows": [{"student_id", "code_hash"}], "expires_on"}. Gives
-- {"issued", "students" with their names, "expires_on"}. Asked by the daemon for POST /api/v1/codes.
--
-- Who: sg_office, right "roster", with a fresh proof. Ground: dean or operator of the school. Locks: the ended codes.
create or replace function api.codes_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_last date;
  v_students int8[];
begin
  perform core.args_known(p_args, '{}', '{rows,expires_on}');
  v_last := core.arg_day(v_body, 'expires_on', true);
  v_students := (core.codes_issue(v_me.school_id, v_body -> 'rows', core.day_start(v_last + 1, v_me.zone))).students;
  perform core.note_done(v_me, 'codes_add', v_students,
                         jsonb_build_object('issued', cardinality(v_students), 'expires_on', v_last));
  return core.reply(jsonb_build_object('issued', cardinality(v_students), 'expires_on', v_last,
                                       'students', core.codes_named(v_me.school_id, v_students)), v_students, v_me.ground, 201);
end
$$;
