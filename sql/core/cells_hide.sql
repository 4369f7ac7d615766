-- Counts of a group ({"name": n, …}) as they may be shown outside a list of names: one below the school's small_cell (and not 0) is
-- null; where only one is hidden, the next smallest as well, since the total would give it away.
create or replace function core.cells_hide(p_school int4, p_counts jsonb) returns jsonb
  language sql stable as $$
  with cells as (
    select c.key, c.value::int8 as n, c.value::int8 between 1 and core.setting(p_school, 'small_cell') - 1 as small
      from jsonb_each_text(p_counts) c
  ), ranked as (
    select c.*, count(*) filter (where c.small) over () as hidden,
           row_number() over (partition by c.small, c.n > 0 order by c.n, c.key) as place
      from cells c
  )
  select coalesce(jsonb_object_agg(r.key, case when not r.small and not (r.hidden = 1 and r.n > 0 and r.place = 1) then r.n end),
    '{}')
    from ranked r
$$;
