-- What a file of official scores would change (ops.import_row), and its counts: rows with student_id, instrument, form, taken_on,
-- score (hundredths), scale (pg_temp.import_line), results that a maker reported to the school. One form on one day of one student
-- is one result: said again it is unchanged, said otherwise it is a correction, a further revision. A day means noon at the school,
-- as in results.csv; without a scale the score is on the instrument's own. Students who are not on the roster, and days to come,
-- are findings.
--
-- p_blind: a result that is there already is kept, be it the same or another, unless its revision in force is one that the same
-- person brought: told apart, guesses would find out what it is. Nor is it said then what the students reported.
--
-- What is there is looked up for all students of the file in one join, and JSON is made of the rows that differ alone.
drop function if exists core.import_scores(ops.import, jsonb, bool);
create or replace function core.import_scores(p_import ops.import, p_blind bool) returns jsonb
  language plpgsql set work_mem = '64MB' as $$
declare
  c_scales constant text[] := '{epc,percent,three_digit,nbme800,cbse_old}';
  v_zone text;
  v_today date;
  v_unknown record;
  v_late int4[];
  v_counts jsonb;
begin
  select s.zone, (core.now() at time zone s.zone)::date into v_zone, v_today
    from core.school s where s.school_id = p_import.school_id;
  select * into v_unknown from core.import_unknown(p_import);
  select array_agg(l.line) into v_late
    from pg_temp.import_line l
    join core.student s on s.school_id = p_import.school_id and s.external_id = l.student_id
   where l.taken_on::date > v_today;
  if v_late is not null then
    perform core.import_found(p_import, v_late, array_fill('taken_on'::text, array[cardinality(v_late)]),
                              array_fill('is a day to come'::text, array[cardinality(v_late)]),
                              array_fill('Correct the day.'::text, array[cardinality(v_late)]));
  end if;

  perform core.import_drop('import_said');
  create temp table import_said on commit drop as
    select l.line, s.student_id, s.external_id, l.instrument, coalesce(l.form, '') as form, l.taken_on::date as day,
           (l.taken_on::date + time '12:00') at time zone v_zone as taken_at, l.score::int4 as score,
           array_position(c_scales, coalesce(nullif(l.scale, ''),
                                             case l.instrument when 'school_exam' then 'percent' else 'epc' end)) as scale
      from pg_temp.import_line l
      join core.student s on s.school_id = p_import.school_id and s.external_id = l.student_id
     where l.taken_on::date <= v_today;
  analyze pg_temp.import_said;

  with there as materialized (
    select distinct on (r.student_id, r.instrument, r.form, r.taken_at) r as result, r.student_id, r.instrument, r.form, r.taken_at
      from core.result r
     where r.school_id::int8 = p_import.school_id -- the cast: see index result_by_student
       and r.student_id in (select w.student_id from pg_temp.import_said w) and r.device_id = 0
     order by r.student_id, r.instrument, r.form, r.taken_at, r.revision desc
  )
  insert into ops.import_row (school_id, import_id, n, line, student_id, external_id, about, change, before, after, done)
  select p_import.school_id, p_import.import_id, w.line, w.line, w.student_id, w.external_id,
         concat_ws(', ', w.instrument, nullif('form ' || w.form, 'form '), w.day),
         case when not h.counts then 'new' when h.held then 'kept' else 'changed' end, core.score_fields(t.result),
         jsonb_build_object('score', trim_scale(w.score / 100.0), 'scale', c_scales[w.scale]),
         jsonb_build_object('instrument', w.instrument, 'form', w.form, 'taken_at', w.taken_at,
                            'result_id', (t.result).result_id, 'revision', coalesce((t.result).revision, -1) + 1)
    from pg_temp.import_said w
    left join there t on t.student_id = w.student_id and t.instrument = w.instrument and t.form = w.form and t.taken_at = w.taken_at
   cross join lateral (
          select c.counts,
                 p_blind and c.counts
                 and not exists (select from ops.import i
                                   join ops.import_row o on o.school_id = i.school_id and o.import_id = i.import_id
                                  where i.school_id = p_import.school_id and i.kind = p_import.kind and i.state = 'applied'
                                    and i.staff_id = p_import.staff_id and o.student_id = w.student_id and o.change <> 'kept'
                                    and (o.done ->> 'result_id')::uuid = (t.result).result_id
                                    and (o.done ->> 'revision')::int4 = (t.result).revision) as held
            from (select coalesce(not (t.result).retracted, false) as counts) c) h
   where h.held or not h.counts or (t.result).score_centi <> w.score or (t.result).scale <> w.scale;

  select jsonb_build_object(
           'new', count(*) filter (where r.change = 'new'), 'changed', count(*) filter (where r.change = 'changed'),
           'kept', count(*) filter (where r.change = 'kept'),
           'unchanged', (select count(*) from pg_temp.import_said) - count(*),
           'on_roster', (select count(*) from core.student s where s.school_id = p_import.school_id and s.status <> 'inactive'))
    into v_counts
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  return v_counts || case when not p_blind then jsonb_build_object('reported', core.import_scores_reported(p_import))
                          else '{}' end;
end
$$;
