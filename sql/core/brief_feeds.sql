-- Whether what the school lives on arrived by a night (core.health_feeds, without the night itself, which is under way), the alerts
-- that are open, and those that ended since the night before: [{"text", "ok"}].
drop function if exists core.brief_feeds(core.school, timestamptz); -- it did not know of alerts that ended
create or replace function core.brief_feeds(p_school core.school, p_since timestamptz, p_as_of timestamptz) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('text', f.text, 'ok', f.ok) order by f.place, f.n), '[]')
    from (select 1 as place, x.n, (x.item ->> 'state') = 'ok' as ok,
                 case x.item ->> 'check' when 'devices' then 'Devices' when 'files_roster' then 'Roster'
                   when 'files_plans' then 'Exam plans'
                   else 'Official scores' end || ': ' || (x.item ->> 'sentence') as text
            from core.health_feeds(p_school.school_id, p_as_of) with ordinality x(item, n)
           where x.item ->> 'check' <> 'night'
          union all
          select 2, a.alert_id, a.until is not null,
                 concat_ws(' ', a.text,
                           case when a.until is not null then
                             format('It ended on %s.', to_char(a.until at time zone p_school.zone, 'YYYY-MM-DD HH24:MI'))
                           when a.kind = 'feed_stale' then 'Rules about silence are muted until something arrives.' end)
            from ops.alert a
           where a.school_id = p_school.school_id and (a.until is null or (a.until > p_since and a.until <= p_as_of))) f
$$;
