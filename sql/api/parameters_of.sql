-- The parameter sets of a school, the newest last: [{"parameters_id","version","sha256"
-- (hex),"added_at","activated_at","in_force"}].
--
-- Who: sg_operator. Ground: no student's data in it. Locks: none.
create or replace function api.parameters_of(p_school_code text) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return (select coalesce(jsonb_agg(jsonb_build_object(
                   'parameters_id', p.parameters_id, 'version', p.version, 'sha256', encode(p.sha256, 'hex'), 'added_at',
                   p.added_at, 'activated_at', p.activated_at, 'in_force',
                   p.parameters_id is not distinct from v_school.parameters_id)
                   order by p.parameters_id), '[]')
            from ops.parameter_set p where p.school_id = v_school.school_id);
end
$$;
