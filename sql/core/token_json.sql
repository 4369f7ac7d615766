-- A program's token, without what makes it one. "stopped_scopes": those that the one who made it has no right to any more, or has
-- no account in use; "stopped" where none is left.
create or replace function core.token_json(p_token core.service_token, p_now timestamptz) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'token_id', (p_token).token_id, 'name', (p_token).name, 'scopes', (p_token).scopes,
    'state', case when (p_token).revoked_at is not null then 'revoked'
                  when (p_token).expires_at <= p_now then 'expired'
                  when cardinality(core.token_rights(p_token)) = 0 then 'stopped' else 'active' end,
    'stopped_scopes', (select coalesce(jsonb_agg(s), '[]')
                         from unnest((p_token).scopes) s where s <> all (core.token_rights(p_token))),
    'created_by', core.staff_ref((p_token).school_id, (p_token).created_by), 'created_at', (p_token).created_at,
    'expires_at', (p_token).expires_at, 'revoked_at', (p_token).revoked_at, 'last_used_at', (p_token).last_used_at)
$$;
