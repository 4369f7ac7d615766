-- What stands before the @ of a Message-ID, and in a webhook-id: the same for the same thing and recipient whoever makes it,
-- another for a school of the same code somewhere else. A digest, so that nothing of dedup_key (a case's number) is in it.
create or replace function core.post_header_id(p_school int4, p_key text) returns text
  language sql stable as $$
  select left(encode(sha256(convert_to(concat_ws('/', s.code, extract(epoch from s.created_at), p_key), 'UTF8')), 'hex'), 32)
    from core.school s where s.school_id = p_school
$$;
