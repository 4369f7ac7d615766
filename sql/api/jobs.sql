-- Computations of the school, asked for by whomever, without what came out of each (api.job_show): a page shows what is under way.
-- GET /api/v1/jobs
--   state   open (queued or running), queued, running, done, failed, cancelled
--   kind    replay, preview
--   sort    asked_at (default: the last one first)
--
-- Who: sg_office. Ground: figures; nothing of a student is in it. Locks: none.
create or replace function api.jobs(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'model_read');
  v_page core.page;
  v_states text[];
  v_kind text;
  v_items jsonb;
  v_next text;
  v_total int8;
begin
  perform core.args_known(p_args, '{state,kind,limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{-asked_at}');
  v_states := array[core.arg_choice(p_args, 'state', '{any,open,queued,running,done,failed,cancelled}', 'any')];
  v_states := case v_states[1] when 'any' then null when 'open' then '{queued,running}' else v_states end;
  v_kind := nullif(core.arg_choice(p_args, 'kind', '{any,replay,preview}', 'any'), 'any');
  with found as (
    select j as job, j.job_id as id, to_jsonb(extract(epoch from j.asked_at)) as key
      from ops.job j
     where j.school_id = v_me.school_id and (v_states is null or j.state = any (v_states)) and (v_kind is null or j.kind = v_kind)
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.job_head(p.job) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{job,kind,state,done,total,asked.version,asked.base,asked_by.name,asked_at,finished_at,why}');
end
$$;
