-- The import that a request names ("import" in its path), else 404.
create or replace function core.import_named(p_me core.me, p_args jsonb) returns ops.import
  language plpgsql stable as $$
declare
  v_import ops.import;
begin
  select * into v_import from ops.import i
   where i.school_id = p_me.school_id
     and i.import_id = core.arg_number(p_args, 'import', null, 1, 999999999999999999);
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such import.');
  end if;
  return v_import;
end
$$;
