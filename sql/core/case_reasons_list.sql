-- The reasons of a case as a list, gravest first; a muted one says by what and until when. Of a flag that is open the words are the
-- flag's own, of today. p_all: closed ones too. Always one row, as a table so that it is folded into the statement of a caller who
-- asks for many: calling a function for each takes five times as long.
create or replace function core.case_reasons_list(p_case core.case_file, p_at timestamptz, p_all bool default false)
  returns table (list jsonb)
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'code', r.code, 'source', r.source, 'severity', core.severity_name(r.severity), 'text', coalesce(f.text, r.text),
           'evidence', r.evidence, 'opened_at', r.opened_at, 'changed_at', r.changed_at, 'closed_at', r.closed_at, 'times', r.times,
           'muted', case when m.kind is not null then jsonb_build_object('by', m.kind, 'reason', m.reason, 'until', m.until) end)
           order by r.closed_at desc nulls first, m.kind is not null, r.severity desc, r.opened_at, r.code), '[]')
    from core.case_reason r
    left join core.flag f on f.school_id = r.school_id and f.flag_id = r.flag_id and f.closed_at is null and r.closed_at is null
    left join lateral (
           select m.kind, m.reason, m.until
             from core.mutes_of(array[p_case.school_id], array[p_case.student_id], array[p_case.exam_taken], p_at) m
            where m.code = r.code and r.source <> 'person' and r.closed_at is null
            order by m.until desc nulls first limit 1) m on true
   where r.school_id = p_case.school_id and r.case_id = p_case.case_id and (p_all or r.closed_at is null)
$$;
