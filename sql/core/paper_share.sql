-- Shares k of n for figures that leave the school, one after the other: [{"k", "n", "share", "low", "high", "said", "bound"}], with
-- the 95 % interval (core.wilson). An exact count is said only if neither it, nor what is left of n, nor what it differs by from
-- one said before it, is of few people (core.tells_few): whoever is in one is mostly in the other, and could be subtracted. Else
-- "said" tells what is known, and nothing by which more could be:
--   'exact'
--   'few'          some, but fewer than p_least: at most "bound" of n
--   'all_but_few'  all but fewer than p_least: at least "bound" of n
--   'hidden'       it would give another figure away
--   'too_few'      n itself is of few, or null as it may not be said, and is not said either
create or replace function core.paper_share(p_k int8[], p_n int8, p_least int4) returns jsonb
  language plpgsql immutable as $$
declare
  v_out jsonb := '[]';
  v_exact int8[] := '{}';
  v_k int8;
  v_said text;
begin
  foreach v_k in array coalesce(p_k, '{}') loop
    v_said := case when p_n is null or p_n between 1 and p_least - 1 then 'too_few'
                   when v_k between 1 and p_least - 1 then 'few'
                   when p_n - v_k between 1 and p_least - 1 then 'all_but_few'
                   when exists (select from unnest(v_exact) e where abs(e - v_k) between 1 and p_least - 1) then 'hidden'
                   else 'exact' end;
    v_exact := case v_said when 'exact' then v_exact || v_k else v_exact end;
    v_out := v_out || (select jsonb_build_object(
      'said', v_said, 'n', case when v_said <> 'too_few' then p_n end, 'k', case v_said when 'exact' then v_k end,
      'share', case when v_said = 'exact' and p_n > 0 then round(v_k::numeric / p_n, 4) end,
      'low', case v_said when 'exact' then round(w.low::numeric, 4) end,
      'high', case v_said when 'exact' then round(w.high::numeric, 4) end,
      'bound', case v_said when 'few' then p_least - 1 when 'all_but_few' then p_n - p_least + 1 end)
        from core.wilson(v_k, nullif(p_n, 0)) w);
  end loop;
  return v_out;
end
$$;
