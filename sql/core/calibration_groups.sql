-- The same figures for each group (a class year, a track; null: not known), small ones hidden.
create or replace function core.calibration_groups(p_p float8[], p_passed bool[], p_of text[], p_least int4) returns jsonb
  language sql immutable as $$
  with cell as (
    select u.grp, row_number() over (order by u.grp) as i, count(*) as n,
           core.calibration_figures(array_agg(u.p), array_agg(u.y)) as figures
      from unnest(p_p, p_passed, p_of) u(p, y, grp)
     group by u.grp
  )
  select coalesce(jsonb_agg(jsonb_build_object('group', c.grp) || core.cell_masked(c.figures, h.hidden[c.i]) order by c.i), '[]')
    from cell c
   cross join (select core.hidden_cells(array_agg(x.n order by x.i), p_least) as hidden from cell x) h
$$;
