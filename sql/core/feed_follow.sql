-- Whether a school's data arrive: 'stale' when for feed_stale_h no device of any student was in contact, or the last night that was
-- begun is not finished or older than that; else 'fresh'. A school that never had the one or the other is not called stale for it.
-- While a night is under way its own sweep asks: after days without nights it must not call the feed stale that it makes good, nor
-- good what may fail again within the hour; so about nights everything stays as it was.
-- Raises one alert for the operator, in the school's days, and ends it (ops.alert); while it is open, rules about silence are muted
-- (core.rule_mutes).
-- All students of the school must be in scope.
create or replace function core.feed_follow(p_school int4, p_now timestamptz) returns text
  language plpgsql as $$
declare
  v_limit timestamptz := p_now - core.setting(p_school, 'feed_stale_h') * interval '1 h';
  v_contact timestamptz := (select max(p.last_sync_at) from core.progress p where p.school_id = p_school);
  v_begun timestamptz := (select max(r.as_of) from ops.run r where r.school_id = p_school);
  v_finished timestamptz := (select max(r.as_of) from ops.run r where r.school_id = p_school and r.finished_at is not null);
  v_under_way bool := exists (select from ops.run r where r.school_id = p_school and r.finished_at is null
                                                     and r.started_at > p_now - interval '1 h');
  v_behind bool := v_begun is not null and coalesce(v_finished <= v_limit, v_begun <= v_limit);
  v_zone text := (select s.zone from core.school s where s.school_id = p_school);
  v_text text;
begin
  v_text := concat_ws(' ',
    case when v_contact <= v_limit then format('No student''s device was in contact since %s.',
                                          to_char(v_contact at time zone v_zone, 'YYYY-MM-DD HH24:MI')) end,
    case when v_behind and not v_under_way then
      format('The last finished night is that of %s.',
             coalesce((v_finished at time zone v_zone)::date::text, 'no day')) end);
  if v_text = '' and v_behind then
    return case when exists (select from ops.alert a where a.school_id = p_school and a.kind = 'feed_stale' and a.until is null)
             then 'stale' else 'fresh' end;
  elsif v_text = '' then
    update ops.alert a set until = greatest(p_now, a.since) where a.school_id = p_school and a.kind = 'feed_stale'
      and a.until is null;
    return 'fresh';
  end if;
  insert into ops.alert (school_id, kind, since, text) values (p_school, 'feed_stale', p_now, v_text)
      on conflict (school_id, kind) where until is null do nothing;
  return 'stale';
end
$$;
