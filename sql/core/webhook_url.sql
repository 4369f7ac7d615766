-- The address of a webhook in a request: https, a host, no name and password in it, and nothing that would have to be written
-- otherwise in a request; null where it is absent and not required.
create or replace function core.webhook_url(p_body jsonb, p_required bool) returns text
  language plpgsql immutable as $$
declare
  v_url constant text := core.arg(p_body, 'url', p_required, 1000);
begin
  if v_url !~ '^https://[A-Za-z0-9.\[\]:-]+([/?][!-~]*)?$' or v_url ~ '#' then
    perform core.refuse(422, 'invalid', 'The address must begin with https://, and have no name and password in it.', 'url');
  end if;
  return v_url;
end
$$;
