-- The parameter sets in force at any school, for whoever computes estimates.
--
-- Who: sg_student, sg_report, sg_operator. Ground: no student's data in it. Locks: none.
create or replace function api.parameters() returns table (parameters_id int4, version text, body text, instruments text)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
begin
  perform core.enter_any();
  return query
  select p.parameters_id, p.version, p.body, p.instruments
    from core.school s
    join ops.parameter_set p on p.school_id = s.school_id and p.parameters_id = s.parameters_id
   order by p.parameters_id;
end
$$;
