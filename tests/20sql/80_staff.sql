-- Who is let in at the office, and whose records the database shows them.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

-- the door
select is(pg_temp.refusal('select api.session_show(:me, ''{}'')', t), want, t || ' at the door: ' || coalesce(nullif(want, ''), 'in'))
  from (values ('dean', ''), ('ida', ''), ('operator', ''), ('auditor', ''), ('admin', ''), ('token', '403 no_right'),
               ('nobody', '401 not_signed_in')) v(t, want);
select is(pg_temp.refusal('select api.session_show(:me, ''{"x": 1}'')', 'dean'), '422 unknown_field', 'what nobody asked for is refused');
update core.session set last_seen_at = core.now() - interval '16 min' where staff_id = (select staff_id from person where tag = 'dean');
select is(pg_temp.refusal('select api.session_show(:me, ''{}'')', 'dean'), '401 session_ended', 'idle for too long');
update core.session set last_seen_at = core.now(), expires_at = core.now() where staff_id = (select staff_id from person where tag = 'dean');
select is(pg_temp.refusal('select api.session_show(:me, ''{}'')', 'dean'), '401 session_ended', 'past the absolute limit');
update core.session set expires_at = core.now() + interval '1 h';
update core.staff set status = 'disabled' where email like 'dean@north%';
select is(pg_temp.refusal('select api.session_show(:me, ''{}'')', 'dean'), '401 session_ended', 'an account that was disabled');
update core.staff set status = 'active';

-- whose records
create function tap.seen(p_caller api.caller, p_right text) returns text language plpgsql security definer as $$
begin
  perform core.staff_enter(p_caller, p_right);
  return (select coalesce(string_agg(s.external_id, ' ' order by s.external_id), '') from core.student s);
end
$$;
alter function tap.seen(api.caller, text) owner to sg_owner;
select is(tap.seen(pg_temp.as_(t), r), want, t || ' with ' || r || ' sees ' || coalesce(nullif(want, ''), 'nobody'))
  from (values ('dean', 'records', '1001 1002 1003'), ('ida', 'records', '1001'), ('other', 'records', ''), ('south', 'records', '1001'),
               ('token', 'records', '1001 1002 1003'), ('operator', 'roster', '1001 1002 1003'), ('auditor', 'trail', '1001 1002 1003'),
               ('auditor', 'cohort', '1001 1002 1003'), ('admin', 'staff', '')) v(t, r, want);
select is(pg_temp.refusal(format('select tap.seen(:me, %L)', r), t), '403 no_right', t || ' has no right to ' || r)
  from (values ('ida', 'policy'), ('operator', 'records'), ('auditor', 'records'), ('admin', 'records'), ('token', 'casework')) v(t, r);

-- the trail
select api.looked(pg_temp.as_('ida'), 'student', 200::int2, array[pg_temp.student('ada')], 'adviser', null) \g /dev/null
select api.looked(pg_temp.as_('other'), 'student', 404::int2, '{}', null, '{"student": "1001"}') \g /dev/null
select api.looked(pg_temp.as_('nobody'), 'student', 401::int2, '{}', null, null) \g /dev/null
select results_eq($$ select action, status, ground, cardinality(students) from audit.event where request_id = 'r1' order by event_id $$,
  $$ values ('student', 200::int2, 'adviser', 1), ('student', 404::int2, null, 0), ('student', 401::int2, null, 0) $$,
  'what was shown and what was refused is on the trail');
select api.looked(pg_temp.as_('nobody'), 'student', 401::int2, '{}', null, null) from generate_series(1, 9) \g /dev/null
select is((select count(*) from audit.event where actor = 'nobody'), 1::bigint, 'whom nobody knows cannot fill the trail');
select * from finish();
rollback;
