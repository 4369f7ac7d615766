-- A document that leaves as a file, with the words that go with every one of them.
create or replace function core.paper_noticed(p_document jsonb) returns jsonb
  language sql stable as $$
  select p_document || jsonb_build_object('notice', n.words, 'notice_version', n.version) from core.redisclosure_notice() n
$$;
