-- A job as those see it who may: what was asked, how far it is, what came out. Of a preview the students are named to those alone
-- who may see records (p_named); the others get the figures, small cells hidden.
create or replace function core.job_json(p_job ops.job, p_named bool) returns jsonb
  language sql stable as $$
  select core.job_head(p_job) || jsonb_build_object(
    'result', case p_job.kind
      when 'replay' then p_job.result
      else case when p_named then p_job.result - 'moves'
                else core.preview_masked(p_job.result - 'moves', core.setting(p_job.school_id, 'small_cell')::int4) end
           || case when p_job.result is null then '{}'
                   else jsonb_build_object('moves', case when p_named then core.job_moves(p_job) end) end end)
$$;
