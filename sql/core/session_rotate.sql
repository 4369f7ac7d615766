-- Gives a session the new token and page token that the daemon made, where it made them: whoever proves anew who they are gets a
-- new token (ASVS 5.0, 7.2.4).
create or replace function core.session_rotate(p_me core.me, p_body jsonb) returns void
  language plpgsql as $$
declare
  v_token bytea := core.arg_hash(p_body, 'token_hash');
  v_csrf bytea := core.arg_hash(p_body, 'csrf_hash', p_required => v_token is not null);
begin
  if v_token is not null then
    update core.session s set token_hash = v_token, csrf_hash = v_csrf
     where s.school_id = p_me.school_id and s.session_id = p_me.session_id;
  end if;
end
$$;
