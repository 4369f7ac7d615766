-- Hands out students whose stored estimate is older than their data, oldest first, and leases them to the caller for a minute: what
-- a crash between storing and assessing left over, whom a new roster, plan or parameter set touched. Who dies over them lets go
-- by the lease; who finishes records, which ends it.
--
-- Who: sg_student (the daemon's janitor), of all schools. Ground: computing, nobody reads it. Locks: the claimed rows; those
-- that somebody else holds are skipped, so two janitors never wait for each other.
create or replace function api.claim_stale(p_max int4) returns setof api.student_state
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
declare
  v_lease constant interval := interval '60 s';
  v_schools int4[];
  v_students int8[];
begin
  perform core.enter_any();
  with chosen as materialized ( -- once: joined as it stands, a planner with old figures would choose anew for each row
    select c.school_id, c.student_id
      from core.progress c
     where c.assessed_version < c.version and (c.lease_until is null or c.lease_until <= now())
     order by c.changed_at
     limit p_max
       for no key update skip locked
  ), claimed as (
    update core.progress p
       set lease_until = now() + v_lease
      from chosen c
     where p.school_id = c.school_id and p.student_id = c.student_id
     returning p.school_id, p.student_id, p.changed_at
  )
  select array_agg(c.school_id order by c.changed_at, c.school_id, c.student_id),
         array_agg(c.student_id order by c.changed_at, c.school_id, c.student_id)
    into v_schools, v_students
    from claimed c;
  return query
  select (s.state).* from core.student_states(v_schools, v_students) s where (s.state).student_id is not null order by s.n;
end
$$;
