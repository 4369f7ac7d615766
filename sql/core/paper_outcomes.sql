-- What became of people by group, so that no group's few can be read or computed: of each group [{"n", "k", "share", "low", "high",
-- "said", "bound"}] as core.paper_share, and last the same of all together. k counts who passed.
--
-- First the sizes of groups (core.hidden_cells). Then what passed: hidden where few passed or few did not, and further groups with
-- them, the smallest first, until those that are hidden are at least two and together tell of no few: the whole is said, and would
-- give a single one away.
create or replace function core.paper_outcomes(p_k int8[], p_n int8[], p_least int4) returns jsonb
  language plpgsql immutable as $$
declare
  v_n_hidden bool[] := core.hidden_cells(p_n, p_least);
  v_hidden bool[] := (select array_agg(h or core.tells_few(k, n, p_least) order by i)
                        from unnest(p_k, p_n, v_n_hidden) with ordinality u(k, n, h, i));
  v_next int4;
  v_whole jsonb := (select core.paper_share(array[sum(k)::int8], sum(n)::int8, p_least) from unnest(p_k, p_n) u(k, n));
begin
  while true = any (v_hidden) loop
    exit when (select count(*) >= 2 and not core.tells_few(sum(k), sum(n), p_least)
                 from unnest(p_k, p_n, v_hidden) u(k, n, h) where h);
    select u.i into v_next
      from unnest(p_n, v_hidden) with ordinality u(n, h, i) where not u.h and u.n > 0 order by u.n, u.i limit 1;
    exit when not found;
    v_hidden[v_next] := true;
  end loop;
  return (select jsonb_agg(case when u.nh then '{"said": "too_few", "n": null, "k": null, "share": null, "low": null, "high": null,
                                                 "bound": null}'::jsonb
                                when u.h and s.one ->> 'said' = 'exact' then s.one || '{"said": "hidden", "k": null, "share": null,
                                                 "low": null, "high": null}'::jsonb
                                else s.one end order by u.i)
            from unnest(p_k, p_n, v_hidden, v_n_hidden) with ordinality u(k, n, h, nh, i)
           cross join lateral (select core.paper_share(array[u.k], u.n, p_least) -> 0 as one) s) || v_whole;
end
$$;
