-- What time does to the cases of a school (core.case_sweep): for the nightly run, and for the daemon between nights. p_now null:
-- now. {"feed": "fresh" or "stale", "followed": differences settled, "steps": {"time_out": n, …},
-- "post": what was put into the post for it (core.post_sweep)}. Keeps one of the
-- courses of classes anew, where an exam moved since (core.courses_keep): a class at a time, as it may take a second.
--
-- Who: sg_report, sg_office. Ground: running the service. Locks: see core.courses_keep and core.case_sweep.
create or replace function api.cases_sweep(p_school_code text, p_now timestamptz) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  perform core.courses_keep(v_school.school_id, 1);
  return core.case_sweep(v_school.school_id, coalesce(p_now, core.now()))
         || jsonb_build_object('post', core.post_sweep(v_school.school_id, coalesce(p_now, core.now())));
end
$$;
