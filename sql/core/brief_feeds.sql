-- Whether what the school lives on arrived by a night (core.health_feeds, without the night itself, which is under way), and the
-- alerts that are open: [{"text", "ok"}].
create or replace function core.brief_feeds(p_school core.school, p_as_of timestamptz) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('text', f.text, 'ok', f.ok) order by f.place, f.n), '[]')
    from (select 1 as place, x.n, (x.item ->> 'state') = 'ok' as ok,
                 case x.item ->> 'check' when 'devices' then 'Devices' when 'files_roster' then 'Roster' when 'files_plans' then 'Exam plans'
                   else 'Official scores' end || ': ' || (x.item ->> 'sentence') as text
            from core.health_feeds(p_school.school_id, p_as_of) with ordinality x(item, n)
           where x.item ->> 'check' <> 'night'
          union all
          select 2, a.alert_id, false, a.text from ops.alert a where a.school_id = p_school.school_id and a.until is null) f
$$;
