-- The open sessions of a person, but for one (null: all of them).
create or replace function core.sessions_of(p_school int4, p_staff int8, p_but int8 default null) returns int8[]
  language sql stable as $$
  select array(select s.session_id from core.session s
                where s.school_id = p_school and s.staff_id = p_staff and s.ended_at is null
                  and s.session_id is distinct from p_but)
$$;
