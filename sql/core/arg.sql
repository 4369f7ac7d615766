-- One member of a request as text: p_args is the document the daemon made ({path and query parameters…, "body": {…}}) or its body.
-- Refuses with 422 and the field's name what is missing though required, is no plain value, or is longer than p_most characters.
create or replace function core.arg(p_args jsonb, p_key text, p_required bool default false, p_most int4 default 200) returns text
  language plpgsql immutable as $$
declare
  v_text text := p_args ->> p_key;
begin
  if jsonb_typeof(p_args -> p_key) in ('object', 'array') then
    perform core.refuse(422, 'invalid', format('"%s" must be a single value.', p_key), p_key);
  end if;
  v_text := nullif(btrim(v_text), '');
  if v_text is null and p_required then
    perform core.refuse(422, 'missing', format('"%s" is missing.', p_key), p_key, 'Give it a value.');
  elsif length(v_text) > p_most then
    perform core.refuse(422, 'too_long', format('"%s" has %s characters; %s are allowed.', p_key, length(v_text), p_most), p_key);
  end if;
  return v_text;
end
$$;
