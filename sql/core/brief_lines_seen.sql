-- Of lines of a brief those about students whom row-level security shows; a line about no student is for who sees all.
create or replace function core.brief_lines_seen(p_lines jsonb) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(e.line order by e.i), '[]')
    from jsonb_array_elements(p_lines) with ordinality e(line, i)
   where exists (select from core.student s where s.external_id = e.line ->> 'student_id')
$$;
