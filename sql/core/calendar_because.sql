-- The bounds of a day as a list, the one that made it first; null where there is no day.
create or replace function core.calendar_because(p_made date, p_reasons jsonb[]) returns jsonb
  language sql immutable parallel safe as $$
  select jsonb_agg(r.reason order by (r.reason ->> 'day')::date <> p_made, r.n)
    from unnest(p_reasons) with ordinality r(reason, n)
   where p_made is not null and r.reason is not null
$$;
