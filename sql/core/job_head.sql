-- A job without what came out: what was asked, by whom, how far it is.
create or replace function core.job_head(p_job ops.job) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'job', p_job.job_id::text, 'kind', p_job.kind, 'state', p_job.state, 'done', p_job.done, 'total', nullif(p_job.total, 0),
    'asked', p_job.args - array['changes', 'base_id', 'proposed_id'],
    'asked_by', core.staff_ref(p_job.school_id, p_job.asked_by), 'asked_at', p_job.asked_at, 'finished_at', p_job.finished_at,
    'why', p_job.why)
$$;
