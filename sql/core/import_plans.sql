-- What a file of plans, attempts and outcomes would change (ops.import_row), and its counts: rows with student_id,
-- attempt, planned_on, permit_from, permit_to, taken_on, outcome, outcome_known_on (pg_temp.import_line). An empty cell says
-- nothing; it takes nothing back. What a person of the office said stays, and so does what was said since the file said the same
-- before: those are kept, with what the file says beside it (core.plan_standing). Students who are not on the roster are findings,
-- and their ids stand in "unknown_students". p_blind: an outcome that is there already is kept, be it the same or another; told
-- apart, guesses would find out what it is.
drop function if exists core.import_plans(ops.import, jsonb, bool);
create or replace function core.import_plans(p_import ops.import, p_blind bool) returns jsonb
  language plpgsql set work_mem = '64MB' as $$
declare
  v_unknown record;
  v_counts jsonb;
begin
  select * into v_unknown from core.import_unknown(p_import);
  with wanted as materialized (
    select l.line as n, l.line, s.student_id, s.external_id, coalesce(nullif(l.attempt, '')::int2, 1::int2) as attempt,
           jsonb_strip_nulls(jsonb_build_object(
             'planned_on', nullif(l.planned_on, '')::date, 'permit_from', nullif(l.permit_from, '')::date,
             'permit_to', nullif(l.permit_to, '')::date, 'taken_on', nullif(l.taken_on, '')::date,
             'outcome', nullif(l.outcome, ''), 'outcome_known_on', nullif(l.outcome_known_on, '')::date)) as said
      from pg_temp.import_line l
      join core.student s on s.school_id = p_import.school_id and s.external_id = l.student_id
  ), parts as materialized (
    select w.*, p.action, p.keys, core.plan_fields(p_import.school_id, w.student_id, w.attempt) as before,
           (select jsonb_object_agg(k, w.said -> k) from unnest(p.keys) k where w.said ? k) as part
      from wanted w
     cross join (values (1::int2, '{planned_on,permit_from,permit_to}'::text[]), (3, '{taken_on}'),
                        (4, '{outcome,outcome_known_on}')) p(action, keys)
     where w.said ? p.keys[1]
  ), judged as materialized (
    select p.*, h.held or st.by_hand
                or coalesce(p.part <@ jsonb_build_object(
                     'planned_on', (st.filed).exam_day, 'permit_from', (st.filed).permit_from, 'permit_to', (st.filed).permit_to,
                     'taken_on', (st.filed).exam_day, 'outcome', ('{pass,fail}'::text[])[(st.filed).outcome],
                     'outcome_known_on', (st.filed).outcome_known_on), false) as kept
      from parts p
      join lateral core.plan_standing(p_import.school_id, p.student_id, p.attempt) st on st.action = p.action
     cross join lateral (select p_blind and p.action = 4 and coalesce(p.before -> 'outcome', 'null') <> 'null' as held) h
     where h.held or not p.part <@ coalesce(p.before, '{}')
  ), folded as (
    select j.n, j.line, j.student_id, j.external_id, j.attempt, j.before, j.kept, array_agg(j.action order by j.action) as actions,
           (select jsonb_object_agg(e.key, e.value) from jsonb_array_elements(jsonb_agg(j.part)) a, jsonb_each(a) e) as part
      from judged j
     group by j.n, j.line, j.student_id, j.external_id, j.attempt, j.before, j.kept
  )
  insert into ops.import_row (school_id, import_id, n, line, student_id, external_id, about, change, before, after, done)
  select p_import.school_id, p_import.import_id, 2 * f.n - (not f.kept)::int4, f.line, f.student_id, f.external_id,
         'attempt ' || f.attempt, case when f.kept then 'kept' when f.before is null then 'new' else 'changed' end, f.before,
         coalesce(f.before, '{}') || f.part, jsonb_build_object('attempt', f.attempt, 'actions', f.actions)
    from folded f;

  select jsonb_build_object(
           'new', count(*) filter (where r.change = 'new'), 'changed', count(*) filter (where r.change = 'changed'),
           'kept', count(*) filter (where r.change = 'kept'),
           'unchanged', (select count(*) from pg_temp.import_line) - count(distinct r.line) - v_unknown.unknown,
           'unknown_students', v_unknown.ids,
           'on_roster', (select count(*) from core.student s where s.school_id = p_import.school_id and s.status <> 'inactive'))
    into v_counts
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  return v_counts;
end
$$;
