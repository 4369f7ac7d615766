-- One row of an import: whose, and which fields would be, or were, other ones; the same in words for a line of a file.
create or replace function core.import_row_json(p_row ops.import_row) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'n', p_row.n, 'line', p_row.line, 'change', p_row.change, 'student_id', p_row.external_id,
    'given_name', coalesce(s.given_name, p_row.after ->> 'given_name', ''),
    'family_name', coalesce(s.family_name, p_row.after ->> 'family_name', ''),
    'about', p_row.about, 'undone', p_row.undone, 'fields', f.fields, 'summary', f.summary)
    from (select) one
    left join core.student s on s.school_id = p_row.school_id and s.student_id = p_row.student_id
   cross join lateral (
          select coalesce(jsonb_agg(jsonb_build_object('field', a.key, 'before', p_row.before -> a.key, 'after', a.value)
                                    order by a.key), '[]') as fields,
                 coalesce(string_agg(format('%s: %s > %s', a.key, coalesce(nullif(p_row.before ->> a.key, ''), '(empty)'),
                                            coalesce(nullif(a.value #>> '{}', ''), '(empty)')), '; ' order by a.key), '') as summary
            from jsonb_each(p_row.after) a
           where coalesce(nullif(p_row.before -> a.key, '""'), 'null') <> coalesce(nullif(a.value, '""'), 'null')) f
$$;
