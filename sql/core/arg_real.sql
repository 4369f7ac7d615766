-- A number of a request between two bounds, with a decimal point or without; null where it is absent.
create or replace function core.arg_real(p_args jsonb, p_key text, p_low float8, p_high float8) returns float8
  language plpgsql immutable as $$
declare
  v_text text := core.arg(p_args, p_key, p_most => 24);
begin
  if v_text is null then
    return null;
  elsif v_text !~ '^-?[0-9]{1,9}([.][0-9]{1,12})?$' or v_text::float8 not between p_low and p_high then
    perform core.refuse(422, 'invalid', format('"%s" must be a number from %s to %s.', p_key, p_low, p_high), p_key);
  end if;
  return v_text::float8;
end
$$;
