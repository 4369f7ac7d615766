-- A day of a request that must not lie before p_first nor more than p_most days behind it; null where it is absent and not
-- required.
create or replace function core.arg_ahead(p_args jsonb, p_key text, p_required bool, p_first date, p_most int4) returns date
  language plpgsql immutable as $$
declare
  v_day date := core.arg_day(p_args, p_key, p_required);
begin
  if v_day not between p_first and p_first + p_most then
    perform core.refuse(422, 'invalid', format('"%s" must be a day from %s to %s.', p_key, p_first, p_first + p_most), p_key);
  end if;
  return v_day;
end
$$;
