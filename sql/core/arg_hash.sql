-- A SHA-256 of a request, 64 hexadecimal digits; null where it is absent and not required.
create or replace function core.arg_hash(p_args jsonb, p_key text, p_required bool default false) returns bytea
  language plpgsql immutable as $$
declare
  v_text text := core.arg(p_args, p_key, p_required, 64);
begin
  if v_text !~ '^[0-9a-fA-F]{64}$' then
    perform core.refuse(422, 'invalid', format('"%s" must be a SHA-256, 64 hexadecimal digits.', p_key), p_key);
  end if;
  return decode(v_text, 'hex');
end
$$;
