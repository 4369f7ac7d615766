-- Rows of a file whose student is not on the roster: line and id.
create or replace function core.import_unknown(p_school int4, p_rows jsonb) returns table (line int4, external_id text)
  language sql stable as $$
  select coalesce((x.row ->> 'line')::int4, x.n::int4), x.row ->> 'student_id'
    from jsonb_array_elements(p_rows) with ordinality x(row, n)
   where not exists (select from core.student s where s.school_id = p_school and s.external_id = x.row ->> 'student_id')
$$;
