-- Ends these sessions, as far as they are open, and tells every worker (sg_session: <school_id>/<session_id>), which cuts what is
-- streaming to them. Gives how many.
create or replace function core.sessions_end(p_school int4, p_sessions int8[], p_why text, p_now timestamptz) returns int4
  language sql as $$
  with ended as (
    update core.session s set ended_at = p_now, ended_why = p_why
     where s.school_id = p_school and s.session_id = any (p_sessions) and s.ended_at is null
    returning s.session_id
  )
  select count(pg_notify('sg_session', p_school || '/' || e.session_id))::int4 from ended e
$$;
