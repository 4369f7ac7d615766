-- Adds a version of the model's parameters to a school and, if told so, puts it in force: from then on every student's estimate is
-- stale, and the daemons are told (channel sg_parameters). The same version with the same content again changes nothing; with other
-- content it is refused (23505): estimates name the version they were made with. p_activate null: only where the school has no set
-- in force yet, so that setting a school up again does not undo its choice. What the file says of itself at its head is kept beside
-- it (core.parameter_head).
--
-- Who: sg_operator. Ground: running the service. Audited. Locks: the school's row; with p_activate all its progress rows, in key
-- order.
create or replace function api.parameters_add(p_school_code text, p_version text, p_body text, p_instruments text, p_sha256 bytea,
                                              p_activate bool) returns int4
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_set ops.parameter_set;
begin
  select parameters_id into v_school.parameters_id from core.school where school_id = v_school.school_id for no key update;
  insert into ops.parameter_set (school_id, version, body, instruments, sha256, added_by, note, fitted_on, held_out)
  select v_school.school_id, p_version, p_body, p_instruments, p_sha256, session_user, h.note, h.fitted_on, h.held_out
    from core.parameter_head(p_body) h
      on conflict (school_id, version) do nothing;
  select * into v_set from ops.parameter_set where school_id = v_school.school_id and version = p_version;
  if (v_set.body, v_set.instruments, v_set.sha256) is distinct from (p_body, p_instruments, p_sha256) then
    raise exception 'version "%" exists with other content; give the changed set a new version', p_version
      using errcode = 'unique_violation';
  end if;
  if coalesce(p_activate, v_school.parameters_id is null) and v_school.parameters_id is distinct from v_set.parameters_id then
    perform core.parameters_activate(v_school.school_id, v_set.parameters_id, null, session_user, '', null);
  end if;
  perform core.note(v_school.school_id, 'parameters_add', null,
                    jsonb_build_object('parameters_id', v_set.parameters_id, 'version', p_version, 'activate', p_activate));
  return v_set.parameters_id;
end
$$;
