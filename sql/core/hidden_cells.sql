-- Which cells of a split must stay hidden so that none with fewer than p_least people can be read or computed: those themselves,
-- and then the smallest of the others until what is hidden is at least two cells and p_least people together, for the total is
-- shown. Empty cells are no secret. [practice.md: n < 10 hidden, second cell suppressed, no back-calculation]
create or replace function core.hidden_cells(p_n int8[], p_least int4) returns bool[]
  language plpgsql immutable as $$
declare
  v_hidden bool[] := (select array_agg(n > 0 and n < p_least order by i) from unnest(p_n) with ordinality u(n, i));
  v_next int4;
begin
  while true = any (v_hidden) loop
    exit when (select count(*) filter (where h) >= 2 and sum(n) filter (where h) >= p_least from unnest(p_n, v_hidden) u(n, h));
    select u.i into v_next
      from unnest(p_n, v_hidden) with ordinality u(n, h, i) where not u.h and u.n > 0 order by u.n, u.i limit 1;
    exit when not found;
    v_hidden[v_next] := true;
  end loop;
  return v_hidden;
end
$$;
