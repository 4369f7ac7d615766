-- An e-mail address of a request, in small letters. Refuses (422) what cannot be one.
create or replace function core.arg_email(p_args jsonb, p_key text, p_required bool default false) returns text
  language plpgsql immutable as $$
declare
  v_text text := lower(core.arg(p_args, p_key, p_required, 254));
begin
  if v_text !~ '^[^\s@[:cntrl:]]+@[^\s@[:cntrl:]]+$' then
    perform core.refuse(422, 'invalid', format('"%s" must be an e-mail address.', p_key), p_key);
  end if;
  return v_text;
end
$$;
