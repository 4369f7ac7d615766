-- A cell of figures as it is shown: all of it, or, where it is hidden, every member null.
create or replace function core.cell_masked(p_cell jsonb, p_hidden bool) returns jsonb
  language sql immutable parallel safe as $$
  select case when p_hidden then (select jsonb_object_agg(k, null) from jsonb_object_keys(p_cell) k) else p_cell end
         || jsonb_build_object('hidden', p_hidden)
$$;
