-- One computation: how far it is, and what came out. GET /api/v1/jobs/{job}
--
-- {"job", "kind", "state": queued | running | done | failed | cancelled, "done", "total", "asked", "asked_by", "asked_at",
--  "finished_at", "why", "result"}. A replay's result is figures, small cells hidden; a preview's names students ("moves") to those
-- who may see all records, and hides small cells from the others.
--
-- Who: sg_office. Ground: figures, and for the students of a preview the reader's own. Locks: none.
create or replace function api.job_show(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'model_read');
  v_job ops.job;
  v_named bool;
begin
  perform core.args_known(p_args, '{job}');
  v_job := core.job_named(v_me, p_args);
  -- The scope is that of the figures, the whole school: an adviser who audits as well has grounds for a few of it.
  v_named := core.may(v_me, 'records') and (v_me.token_id is not null or exists (
               select from core.role_rights() r where r.right = 'records' and r.reach = 'school' and r.role = any (v_me.roles)));
  return core.reply(core.job_json(v_job, v_named),
                    case when v_named and v_job.kind = 'preview' and v_job.state = 'done' then
                      (select coalesce(array_agg(s.student_id), '{}')
                         from jsonb_array_elements(v_job.result -> 'moves') m
                         join core.student s on s.school_id = v_me.school_id and s.student_id = (m ->> 'student_id')::int8)
                    else '{}' end, v_me.ground);
end
$$;
