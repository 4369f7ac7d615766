-- The parameter set of that version; 404 where the school has none.
create or replace function core.parameters_named(p_me core.me, p_version text, p_field text) returns ops.parameter_set
  language plpgsql stable as $$
declare
  v_set ops.parameter_set;
begin
  select * into v_set from ops.parameter_set p where p.school_id = p_me.school_id and p.version = p_version;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such version of the parameters.', p_field);
  end if;
  return v_set;
end
$$;
