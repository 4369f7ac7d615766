-- Whether everything runs that should: one item for each thing that is looked at, in sentences with a remedy, the worst first.
-- {"state", "items"}; the body is what the daemon knows of itself. Asked by the daemon for GET /api/v1/health/summary.
--
-- Who: sg_office, right "health". Ground: running the office; it counts, and shows no student. Locks: none.
create or replace function api.health(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'health');
  v_items jsonb;
begin
  perform core.args_known(p_args, '{}', '{version,reading,writing,lane,certificates}');
  select jsonb_agg(h.item order by array_position('{fail,warn,ok}'::text[], h.item ->> 'state'), h.n) into v_items
    from (select row_number() over () as n, x.item
            from (select core.health_daemon(v_me.school_id, v_me.now, p_args -> 'body')
                  union all select core.health_feeds(v_me.school_id, v_me.now)
                  union all select core.health_work(v_me.school_id, v_me.now)
                  union all select core.health_post(v_me.school_id, v_me.now)) x(item)) h;
  return core.reply(jsonb_build_object('state', v_items #> '{0,state}', 'items', v_items), p_ground => v_me.ground);
end
$$;
