-- true or false of a request; the default where it is absent.
create or replace function core.arg_flag(p_args jsonb, p_key text, p_default bool default false) returns bool
  language sql immutable as $$
  select core.arg_choice(p_args, p_key, '{true,false}', p_default::text)::bool
$$;
