-- What every document says of itself: {"document", "school", "school_code", "zone", "as_of" (UTC), "day" (the school's), "notice",
-- "notice_version"}.
create or replace function core.paper_head(p_school core.school, p_document text, p_as_of timestamptz) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
           'document', p_document, 'school', p_school.name, 'school_code', p_school.code, 'zone', p_school.zone,
           'as_of', to_char(p_as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'day', (p_as_of at time zone p_school.zone)::date, 'notice', n.words, 'notice_version', n.version)
    from core.redisclosure_notice() n
$$;
