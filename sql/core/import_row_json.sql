-- One row of an import: whose, and which fields would be, or were, other ones; the same in words for a line of a file. Whether
-- results (scores, outcomes) are shown as they were, p_before, and as the file says them, p_after; "not shown" stands for others.
-- What the student reported of an official score ("reported") goes with p_before.
drop function if exists core.import_row_json(ops.import_row);
create or replace function core.import_row_json(p_row ops.import_row, p_before bool, p_after bool) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'n', p_row.n, 'line', p_row.line, 'change', p_row.change, 'student_id', p_row.external_id,
    'given_name', coalesce(s.given_name, p_row.after ->> 'given_name', ''),
    'family_name', coalesce(s.family_name, p_row.after ->> 'family_name', ''),
    'about', p_row.about, 'reported', case when p_before then p_row.done -> 'reported' end, 'undone', p_row.undone,
    'fields', f.fields, 'summary', f.summary)
    from (select) one
    left join core.student s on s.school_id = p_row.school_id and s.student_id = p_row.student_id
   cross join lateral (
          select coalesce(jsonb_agg(jsonb_build_object('field', v.field, 'before', v.before, 'after', v.after) order by v.field),
                          '[]') as fields,
                 coalesce(string_agg(format('%s: %s > %s', v.field, coalesce(nullif(v.before #>> '{}', ''), '(empty)'),
                                            coalesce(nullif(v.after #>> '{}', ''), '(empty)')), '; ' order by v.field), '')
                   as summary
            from (select a.key as field,
                         case when p_before or a.key not in ('score', 'outcome') then p_row.before -> a.key
                              else '"not shown"' end as before,
                         case when p_after or a.key not in ('score', 'outcome') then a.value else '"not shown"' end as after
                    from jsonb_each(p_row.after) a
                   where coalesce(nullif(p_row.before -> a.key, '""'), 'null') <> coalesce(nullif(a.value, '""'), 'null')
                      or not p_before and p_row.change = 'kept' -- there whether it says the same or not
                         and (a.key = 'score' or a.key = 'outcome' and p_row.done -> 'actions' @> '4')) v) f
$$;
