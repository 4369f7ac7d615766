-- The files that were brought, newest first, as the operator's tool lists them: [core.import_json …].
--
-- Who: sg_operator. Ground: running the service; no student is in it. Locks: none.
create or replace function api.imports_of(p_school_code text, p_most int4) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return (select coalesce(jsonb_agg(core.import_json(i, true) order by i.import_id desc), '[]')
            from (select * from ops.import n where n.school_id = v_school.school_id order by n.import_id desc limit p_most) i);
end
$$;
