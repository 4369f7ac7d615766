-- A core.me for documents that are made for nobody in particular: the school, its zone and the moment, and no rights at all. For
-- functions that look at nothing else of it.
create or replace function core.paper_me(p_school core.school, p_as_of timestamptz) returns core.me
  language plpgsql stable as $$
declare
  v_me core.me;
begin
  v_me.school_id := p_school.school_id;
  v_me.school_code := p_school.code;
  v_me.zone := p_school.zone;
  v_me.roles := '{}';
  v_me.now := p_as_of;
  return v_me;
end
$$;
