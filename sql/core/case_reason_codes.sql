-- The codes of a case's reasons that opened ('opened', and are open) or closed ('closed') since a time.
create or replace function core.case_reason_codes(p_case core.case_file, p_what text, p_since timestamptz) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(r.code order by r.code), '[]')
    from core.case_reason r
   where r.school_id = p_case.school_id and r.case_id = p_case.case_id
     and case p_what when 'opened' then case when r.closed_at is null then r.opened_at end else r.closed_at end >= p_since
$$;
