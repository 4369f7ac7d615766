-- What became of files since the night before (p_since) and by a night, as sentences, in the order in which it happened; then what
-- waits to be applied. At most 50.
create or replace function core.brief_imports(p_school core.school, p_since timestamptz, p_as_of timestamptz) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('text', m.text) order by m.waits, m.at, m.text), '[]')
    from (select x.waits, x.at,
                 format('%s "%s" %s %s', (array['Roster', 'Exam plans', 'Official scores'])
                          [array_position('{roster,plans,official_scores}', i.kind)], i.source, x.what,
                        to_char(x.at at time zone p_school.zone, 'YYYY-MM-DD HH24:MI'))
                 || format(': %s rows, %s new, %s changed, %s leaving, %s refused.', i.rows,
                           coalesce((i.result ->> 'new')::int4, 0), coalesce((i.result ->> 'changed')::int4, 0),
                           coalesce((i.result ->> 'leaving')::int4, 0), i.refused) as text
            from ops.import i
           cross join lateral (
                  select false as waits, 'was applied on' as what, coalesce(i.applied_at, i.imported_at) as at
                   where i.state in ('applied', 'undone')
                  union all
                  select false, 'was taken back on', i.undone_at where i.state = 'undone'
                  union all
                  select true, 'waits to be applied since', i.imported_at
                   where i.state = 'previewed' or (i.state in ('applied', 'undone') and i.applied_at > p_as_of)) x
           where i.school_id = p_school.school_id and x.at <= p_as_of and (x.waits or x.at > coalesce(p_since, '-infinity'))
           order by x.at desc limit 50) m
$$;
