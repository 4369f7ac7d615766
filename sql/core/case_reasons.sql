-- The reasons of one case (core.case_reasons_list).
create or replace function core.case_reasons(p_case core.case_file, p_at timestamptz, p_all bool default false) returns jsonb
  language sql stable as $$
  select r.list from core.case_reasons_list(p_case, p_at, p_all) r
$$;
