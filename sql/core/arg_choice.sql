-- One of a few words; the default where it is absent (null: it is required).
create or replace function core.arg_choice(p_args jsonb, p_key text, p_choices text[], p_default text) returns text
  language plpgsql immutable as $$
declare
  v_text text := coalesce(core.arg(p_args, p_key, p_required => p_default is null, p_most => 40), p_default);
begin
  if v_text <> all (p_choices) then
    perform core.refuse(422, 'invalid', format('"%s" must be one of: %s.', p_key, array_to_string(p_choices, ', ')), p_key);
  end if;
  return v_text;
end
$$;
