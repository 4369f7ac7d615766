-- Whether what is to be computed is: estimates behind their data, jobs, the model, alerts. See core.health_item.
create or replace function core.health_work(p_school int4, p_now timestamptz) returns setof jsonb
  language plpgsql stable as $$
declare
  v_most constant interval := core.setting(p_school, 'backlog_warn_min') * interval '1 min';
  v_stale int4;
  v_oldest timestamptz;
  v_waiting int4;
  v_asked timestamptz;
  v_failed int4;
  v_version text;
begin
  select count(*), min(p.changed_at) into v_stale, v_oldest
    from core.progress p where p.school_id = p_school and p.assessed_version < p.version;
  return next core.health_item('estimates',
    case when v_oldest is null or v_oldest > p_now - v_most then 'ok' when v_oldest > p_now - 6 * v_most then 'warn'
         else 'fail' end,
    case when v_stale = 0 then 'Every estimate is as new as its data.'
         else format('%s estimates are older than their data.', v_stale) end,
    'See whether stepguardd serves the student port, and whether there is a parameter set in force.', v_oldest,
    jsonb_build_object('stale', v_stale));
  select count(*) filter (where j.state in ('queued', 'running')), min(j.asked_at) filter (where j.state = 'queued'),
         count(*) filter (where j.state = 'failed' and j.asked_at > p_now - interval '7 days')
    into v_waiting, v_asked, v_failed
    from ops.job j where j.school_id = p_school;
  return next core.health_item('jobs', case when v_asked < p_now - 6 * v_most or v_failed > 0 then 'warn' else 'ok' end,
    case when v_asked < p_now - 6 * v_most then
           format('%s computations wait, and nobody has taken the first of them on.', v_waiting)
         when v_failed > 0 then format('%s computations failed in the last seven days.', v_failed)
         when v_waiting > 0 then format('%s computations are under way.', v_waiting) else 'Nothing waits to be computed.' end,
    'See the list of computations for the reason.', v_asked,
    jsonb_build_object('waiting', v_waiting, 'failed_7_days', v_failed));
  select p.version into v_version
    from core.school s join ops.parameter_set p on p.school_id = s.school_id and p.parameters_id = s.parameters_id
   where s.school_id = p_school;
  return next core.health_item('model', case when v_version is null then 'fail' else 'ok' end,
    case when v_version is null then 'No parameter set is in force, so there are no estimates.'
         else format('Parameter set "%s" is in force.', v_version) end,
    'Add one with stepguardctl params add.');
  return query
  select core.health_item('alert', 'warn', a.text, 'It ends by itself when its cause does.', a.since)
    from ops.alert a where a.school_id = p_school and a.until is null order by a.alert_id limit 20;
end
$$;
