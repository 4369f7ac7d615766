-- The ends of an interval of P as sentences say them: "20 % to 51 %"; "over 99 %" where both ends are that.
create or replace function core.interval_words(p_low float8, p_high float8) returns text
  language sql stable parallel safe as $$
  select core.percent(p_low) || case when core.percent(p_low) = core.percent(p_high) then '' else ' to ' || core.percent(p_high) end
$$;
