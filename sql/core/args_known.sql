-- Refuses what a request says that nobody asked for: a misspelt name must not pass for "not given". "once" is for core.once_claim.
create or replace function core.args_known(p_args jsonb, p_keys text[], p_body text[] default '{}') returns void
  language plpgsql as $$
declare
  v_key text;
begin
  if jsonb_typeof(p_args -> 'body') not in ('object', 'null') then
    perform core.refuse(422, 'invalid', 'The body must be a JSON object.', 'body');
  end if;
  select k into v_key from jsonb_object_keys(p_args - '{body,once}'::text[]) k where k <> all (p_keys) limit 1;
  if v_key is null and jsonb_typeof(p_args -> 'body') = 'object' then
    select k into v_key from jsonb_object_keys(p_args -> 'body') k where k <> all (p_body) limit 1;
  end if;
  if v_key is not null then
    perform core.refuse(422, 'unknown_field', format('"%s" is not known here.', left(v_key, 60)), left(v_key, 60),
                        'See /api/v1/openapi.json.');
  end if;
  if p_args ? 'once' then
    perform set_config('sg.once', core.arg(p_args, 'once', p_most => 64), true);
  end if;
end
$$;
