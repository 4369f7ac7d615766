-- What the worker that was asked knows of itself, judged: p_known is its {"version", "reading", "writing", "lane", "certificates"}.
-- See core.health_item.
create or replace function core.health_daemon(p_school int4, p_now timestamptz, p_known jsonb) returns setof jsonb
  language plpgsql stable as $$
declare
  v_bytes constant int8 := pg_database_size(current_database());
begin
  return next core.health_item('database', 'ok',
    format('The database answers; it has %s.', pg_size_pretty(v_bytes)), '', null,
    jsonb_build_object('bytes', v_bytes, 'schema', (select max(m.number) from ops.migration m),
                       'server', current_setting('server_version')));
  return next core.health_item('daemon',
    case when (p_known #>> '{writing,ready}')::bool and (p_known #>> '{reading,ready}')::bool
              and (p_known #>> '{reading,waiting}')::int4 <= 50 then 'ok' else 'warn' end,
    case when (p_known #>> '{writing,ready}')::bool and (p_known #>> '{reading,ready}')::bool
         then format('stepguardd %s runs.', p_known ->> 'version')
         else 'Some of the daemon''s connections to the database are down.' end,
    'See the log of stepguardd and of PostgreSQL.', null,
    jsonb_build_object('version', p_known ->> 'version', 'connections', (p_known #>> '{reading,connections}')::int4,
                       'reading_waiting', (p_known #>> '{reading,waiting}')::int4,
                       'writing_waiting', (p_known #>> '{writing,waiting}')::int4,
                       'lane_busy', (p_known ->> 'lane')::int4));
  return query
  select core.health_item('certificate_' || (c ->> 'name'),
           case when u.at is null or u.at < p_now + core.setting(p_school, 'certificate_fail_days') * interval '1 day' then 'fail'
                when u.at < p_now + core.setting(p_school, 'certificate_warn_days') * interval '1 day' then 'warn' else 'ok' end,
           case when u.at is null then 'The certificate cannot be read.' when u.at <= p_now then 'The certificate has ended.'
                else format('The certificate is good until %s.', (u.at at time zone s.zone)::date) end,
           'Put a new certificate in its place and have stepguardd read it (SIGHUP).', u.at)
    from core.school s, jsonb_array_elements(p_known -> 'certificates') c
   cross join lateral (select (c ->> 'until')::timestamptz as at) u
   where s.school_id = p_school;
end
$$;
