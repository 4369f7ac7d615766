-- What a file of official scores would change (ops.import_row), and its counts: rows [{"line", "student_id", "instrument", "form",
-- "taken_on", "score" (hundredths), "scale"}], results that a maker reported to the school. One form on one day of one student is
-- one result: said again it is unchanged, said otherwise it is a correction, a further revision. A day means noon at the school, as
-- in results.csv; without a scale the score is on the instrument's own. Students who are not on the roster, and days to come, are
-- findings.
--
-- p_blind: a result that is there already is kept, be it the same or another, unless its revision in force is one that the same
-- person brought: told apart, guesses would find out what it is. Nor is it said then what the students reported.
drop function if exists core.import_scores(ops.import, jsonb);
create or replace function core.import_scores(p_import ops.import, p_rows jsonb, p_blind bool) returns jsonb
  language plpgsql as $$
declare
  v_zone text;
  v_found int4;
  v_bad int4;
  v_counts jsonb;
begin
  select s.zone into v_zone from core.school s where s.school_id = p_import.school_id;
  with wanted as materialized (
    select x.n::int4 as n, coalesce((x.row ->> 'line')::int4, x.n::int4) as line, s.student_id, s.external_id,
           x.row ->> 'instrument' as instrument, coalesce(x.row ->> 'form', '') as form, (x.row ->> 'taken_on')::date as day,
           ((x.row ->> 'taken_on')::date + time '12:00') at time zone v_zone as taken_at,
           jsonb_build_object('score', trim_scale((x.row ->> 'score')::int4 / 100.0), 'scale',
             coalesce(x.row ->> 'scale', case x.row ->> 'instrument' when 'school_exam' then 'percent' else 'epc' end)) as after
      from jsonb_array_elements(p_rows) with ordinality x(row, n)
      join core.student s on s.school_id = p_import.school_id and s.external_id = x.row ->> 'student_id'
     where (x.row ->> 'taken_on')::date <= (core.now() at time zone v_zone)::date
  )
  insert into ops.import_row (school_id, import_id, n, line, student_id, external_id, about, change, before, after, done)
  select p_import.school_id, p_import.import_id, w.n, w.line, w.student_id, w.external_id,
         concat_ws(', ', w.instrument, nullif('form ' || w.form, 'form '), w.day),
         case when core.score_fields(r) is null then 'new' when h.held then 'kept' else 'changed' end,
         core.score_fields(r), w.after,
         jsonb_build_object('instrument', w.instrument, 'form', w.form, 'taken_at', w.taken_at, 'result_id', r.result_id,
                            'revision', coalesce(r.revision, -1) + 1)
    from wanted w
    left join lateral core.official_result(p_import.school_id, w.student_id, w.instrument, w.form, w.taken_at) r on true
   cross join lateral (
          select p_blind and core.score_fields(r) is not null
                 and not exists (select from ops.import i
                                   join ops.import_row o on o.school_id = i.school_id and o.import_id = i.import_id
                                  where i.school_id = p_import.school_id and i.kind = p_import.kind and i.state = 'applied'
                                    and i.staff_id = p_import.staff_id and o.student_id = w.student_id and o.change <> 'kept'
                                    and (o.done ->> 'result_id')::uuid = r.result_id
                                    and (o.done ->> 'revision')::int4 = r.revision) as held) h
   where h.held or core.score_fields(r) is distinct from w.after;

  select coalesce(max(f.n), 0) into v_found
    from ops.import_finding f where f.school_id = p_import.school_id and f.import_id = p_import.import_id;
  insert into ops.import_finding (school_id, import_id, n, line, field, reason, remedy, warning)
  select p_import.school_id, p_import.import_id, v_found + row_number() over (order by b.line), b.line, b.field, b.reason, b.remedy,
         false
    from (select u.line, 'student_id' as field, 'is nobody on the roster' as reason,
                 'Bring the roster first, or correct the id.' as remedy
            from core.import_unknown(p_import.school_id, p_rows) u
          union all
          select coalesce((x.row ->> 'line')::int4, x.n::int4), 'taken_on', 'is a day to come', 'Correct the day.'
            from jsonb_array_elements(p_rows) with ordinality x(row, n)
           where (x.row ->> 'taken_on')::date > (core.now() at time zone v_zone)::date) b;
  select count(distinct f.line) into v_bad
    from ops.import_finding f
   where f.school_id = p_import.school_id and f.import_id = p_import.import_id and f.n > v_found;

  select jsonb_build_object(
           'new', count(*) filter (where r.change = 'new'), 'changed', count(*) filter (where r.change = 'changed'),
           'kept', count(*) filter (where r.change = 'kept'),
           'unchanged', jsonb_array_length(p_rows) - count(*) - v_bad,
           'on_roster', (select count(*) from core.student s where s.school_id = p_import.school_id and s.status <> 'inactive'))
    into v_counts
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  return v_counts || case when not p_blind then jsonb_build_object('reported', core.import_scores_reported(p_import))
                          else '{}' end;
end
$$;
