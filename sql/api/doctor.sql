-- What the database knows of its own health and of the school's work, for `stepguardctl doctor`:
-- {"now", "items": [{"check", "state", "sentence", "remedy", …}]}, items as core.health_item makes them.
--
-- Who: sg_operator. Ground: running the service; it counts, and shows no student. Locks: none.
create or replace function api.doctor(p_school_code text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_now constant timestamptz := clock_timestamp();
  v_strong text[] := array(select t from core.roles_too_strong() t limit 5);
begin
  return jsonb_build_object('now', extract(epoch from v_now) * 1000, 'items', (
    select jsonb_agg(i)
      from (select core.health_item('server', 'ok', format('PostgreSQL %s answers; the schema has version %s, the database %s.',
                     current_setting('server_version'), (select max(m.number) from ops.migration m),
                     pg_size_pretty(pg_database_size(current_database()))))
            union all
            select core.health_item('durability', case when s.off is null then 'ok' else 'fail' end,
                     case when s.off is null then 'fsync, full_page_writes and synchronous_commit are on.'
                          else format('%s is off: what is acknowledged could be lost.', s.off) end,
                     'Turn it on in postgresql.conf. Until then nothing is acknowledged.')
              from (select string_agg(g.name, ', ') as off from pg_settings g
                     where g.name in ('fsync', 'full_page_writes', 'synchronous_commit') and g.setting = 'off') s
            union all
            select core.health_item('checksums', case when current_setting('data_checksums') = 'on' then 'ok' else 'warn' end,
                     case when current_setting('data_checksums') = 'on' then 'Pages of the database carry checksums.'
                          else 'Pages of the database carry no checksums: a disk that forgets bits is not noticed.' end,
                     'With the cluster stopped: pg_checksums --enable.')
            union all
            select core.health_item('rights', case when v_strong = '{}' then 'ok' else 'fail' end,
                     case when v_strong = '{}' then 'Each role may do what its program needs, and nothing else.'
                          else array_to_string(v_strong, '; ') || '.' end,
                     'stepguardctl migrate sets the rights anew; what a superuser gave beside it, take back by hand.')
            union all select core.health_feeds(v_school.school_id, v_now)
            union all select core.health_work(v_school.school_id, v_now)
            union all select core.health_post(v_school.school_id, v_now)) t(i)));
end
$$;
