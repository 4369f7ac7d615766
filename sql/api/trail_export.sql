-- The trail for another machine, in the order of its numbers: up to p_most lines behind p_after, {"events": [{"event_id", "at",
-- "actor", "action", "staff_id", "students", "ground", "address", "request_id", "status", "detail_sha256"}], "next": the last one's
-- number or p_after}. Numbers and no names: students by ours, which say something to this database alone; of what was asked the
-- digest, so that a line can be held against what stands here later. null while somebody's transaction may still bring a line
-- before the last: ask again. `stepguardctl trail export`
--
-- Numbers are given in order and become visible in another. Whoever writes a line holds a lock of the table from before its number
-- is given until it can be seen; so once all who held one when the last line was looked at have ended, nothing comes before it any
-- more.
--
-- Who: sg_operator. Ground: running the service. Locks: none; waits for others a moment.
create or replace function api.trail_export(p_school_code text, p_after int8, p_most int4) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_looks constant int4 := 40; -- of 50 ms: two seconds, longer than what the office does
  v_school core.school := core.enter_school(p_school_code);
  v_last int8 := (select max(e.event_id) from audit.event e where e.school_id = v_school.school_id);
  v_writers text[] := (select array_agg(l.virtualtransaction) from pg_locks l
                        where l.relation = 'audit.event'::regclass and l.mode = 'RowExclusiveLock' and l.pid <> pg_backend_pid());
begin
  for v_look in 1 .. c_looks loop
    exit when not exists (select from pg_locks l
                           where l.relation = 'audit.event'::regclass and l.virtualtransaction = any (v_writers));
    if v_look = c_looks then
      return null;
    end if;
    perform pg_sleep(0.05);
  end loop;
  return (
    select jsonb_build_object('events', coalesce(jsonb_agg(e.line order by e.event_id), '[]'),
                              'next', coalesce(max(e.event_id), p_after))
      from (select e.event_id, jsonb_build_object(
                     'event_id', e.event_id, 'at', e.at, 'actor', e.actor, 'action', e.action, 'staff_id', e.staff_id,
                     'students', to_jsonb(e.students), 'ground', e.ground, 'address', e.address, 'request_id', e.request_id,
                     'status', e.status, 'detail_sha256', encode(sha256(convert_to(e.detail::text, 'UTF8')), 'hex')) as line
              from audit.event e
             where e.school_id = v_school.school_id and e.event_id > p_after and e.event_id <= v_last
             order by e.event_id limit p_most) e);
end
$$;
