-- A number as it was printed; null for what is none ("nan": a class too small for the figure).
create or replace function core.number_or_null(p_text text) returns float8
  language sql immutable parallel safe as $$
  select case when p_text ~ '^[-+]?[0-9]{1,15}(\.[0-9]{1,15})?$' then p_text::float8 end
$$;
