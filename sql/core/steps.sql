-- Edges of bins of even width that hold everything from p_low to p_high, one of them at p_anchor; at least one bin, and at most
-- 200.
create or replace function core.steps(p_low float8, p_high float8, p_width numeric, p_anchor numeric) returns numeric[]
  language sql immutable parallel safe as $$
  select array_agg(trim_scale(a.at + i * p_width) order by i)
    from (select coalesce(p_anchor, 0) as at) a
   cross join lateral (select floor((coalesce(p_low::numeric, a.at) - a.at) / p_width)::int4 as first,
                              ceil((coalesce(p_high::numeric, a.at) - a.at) / p_width)::int4 as last) s
   cross join lateral generate_series(s.first, least(greatest(s.last, s.first + 1), s.first + 200)) i
$$;
