-- Ends a request of the office with an HTTP status and a problem document (RFC 9457). The transaction is undone; the daemon writes
-- the refusal on the trail (api.looked) and makes the document from the error's fields:
--   SQLSTATE 'SG' || status · MESSAGE detail, a sentence for a person · HINT what to do · COLUMN the field of the request
--   CONSTRAINT code, a name for programs · DETAIL members to add, as JSON
-- A record that may not be seen is refused exactly as one that does not exist: core.refuse(404, 'not_found', …).
create or replace function core.refuse(p_status int4, p_code text, p_sentence text, p_field text default '',
                                       p_remedy text default '', p_more jsonb default '{}') returns void
  language plpgsql as $$
begin
  raise exception using errcode = 'SG' || p_status, message = p_sentence, hint = p_remedy, column = p_field, constraint = p_code,
    detail = p_more::text;
end
$$;
