-- Ends the session that the browser had until somebody signed in at it anew: "over_hash" of the request is the hash of its token
-- (ASVS 5.0, 7.2.4). Whoever sends that token has it, so whose session it was is not asked.
create or replace function core.session_over(p_school int4, p_body jsonb, p_now timestamptz) returns void
  language plpgsql as $$
declare
  v_over bytea := core.arg_hash(p_body, 'over_hash');
begin
  perform core.sessions_end(p_school, array(
    select s.session_id from core.session s where s.school_id = p_school and s.token_hash = v_over), 'signed out', p_now);
end
$$;
