-- The codes of a case's reasons that opened or closed since the school's yesterday began.
create or replace function core.case_reason_codes(p_case core.case_file, p_what text, p_me core.me) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(r.code order by r.code), '[]')
    from core.case_reason r
   where r.school_id = p_case.school_id and r.case_id = p_case.case_id
     and case p_what when 'opened' then case when r.closed_at is null then r.opened_at end else r.closed_at end
         >= ((p_me.now at time zone p_me.zone)::date - 1)::timestamp at time zone p_me.zone
$$;
