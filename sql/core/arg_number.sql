-- A whole number of a request between two bounds; the default where it is absent.
create or replace function core.arg_number(p_args jsonb, p_key text, p_default int8, p_low int8, p_high int8) returns int8
  language plpgsql immutable as $$
declare
  v_text text := core.arg(p_args, p_key, p_most => 20);
begin
  if v_text is null then
    return p_default;
  elsif v_text !~ '^-?[0-9]{1,18}$' or v_text::int8 not between p_low and p_high then
    perform core.refuse(422, 'invalid', format('"%s" must be a whole number from %s to %s.', p_key, p_low, p_high), p_key);
  end if;
  return v_text::int8;
end
$$;
