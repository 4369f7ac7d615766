-- What a file of plans, attempts and outcomes would change (ops.import_row), and its counts: rows [{"line", "student_id",
-- "attempt", "planned_on", "permit_from", "permit_to", "taken_on", "outcome", "outcome_known_on"}]. An empty cell says nothing; it
-- takes nothing back. What a person of the office said stays, and so does what was said since the file said the same before: those
-- are kept, with what the file says beside it (core.plan_standing). Students who are not on the roster are findings, and their ids
-- stand in "unknown_students". p_blind: an outcome that is there already is kept, be it the same or another; told apart, guesses
-- would find out what it is.
--
-- Raises 22023: an attempt that stands twice. The readers in server/intake find that first and say the line.
drop function if exists core.import_plans(ops.import, jsonb);
create or replace function core.import_plans(p_import ops.import, p_rows jsonb, p_blind bool) returns jsonb
  language plpgsql as $$
declare
  v_bad text;
  v_found int4;
  v_counts jsonb;
begin
  select format('student_id "%s", attempt %s stands twice', x.row ->> 'student_id', coalesce(nullif(x.row ->> 'attempt', ''), '1'))
    into v_bad
    from jsonb_array_elements(p_rows) x(row)
   group by 1
  having count(*) > 1
   limit 1;
  if v_bad is not null then
    raise exception '%', v_bad using errcode = 'invalid_parameter_value';
  end if;

  with wanted as materialized (
    select x.n::int4 as n, coalesce((x.row ->> 'line')::int4, x.n::int4) as line, s.student_id, s.external_id,
           coalesce(nullif(x.row ->> 'attempt', '')::int2, 1::int2) as attempt,
           jsonb_strip_nulls(jsonb_build_object(
             'planned_on', nullif(x.row ->> 'planned_on', '')::date, 'permit_from', nullif(x.row ->> 'permit_from', '')::date,
             'permit_to', nullif(x.row ->> 'permit_to', '')::date, 'taken_on', nullif(x.row ->> 'taken_on', '')::date,
             'outcome', nullif(x.row ->> 'outcome', ''), 'outcome_known_on', nullif(x.row ->> 'outcome_known_on', '')::date))
             as said
      from jsonb_array_elements(p_rows) with ordinality x(row, n)
      join core.student s on s.school_id = p_import.school_id and s.external_id = x.row ->> 'student_id'
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

  select coalesce(max(f.n), 0) into v_found
    from ops.import_finding f where f.school_id = p_import.school_id and f.import_id = p_import.import_id;
  insert into ops.import_finding (school_id, import_id, n, line, field, reason, remedy, warning)
  select p_import.school_id, p_import.import_id, v_found + row_number() over (order by u.line), u.line, 'student_id',
         'is nobody on the roster', 'Bring the roster first, or correct the id.', false
    from core.import_unknown(p_import.school_id, p_rows) u;

  select jsonb_build_object(
           'new', count(*) filter (where r.change = 'new'), 'changed', count(*) filter (where r.change = 'changed'),
           'kept', count(*) filter (where r.change = 'kept'),
           'unchanged', jsonb_array_length(p_rows) - count(distinct r.line)
                        - (select count(*) from core.import_unknown(p_import.school_id, p_rows)),
           'unknown_students', (select coalesce(jsonb_agg(distinct u.external_id), '[]')
                                  from core.import_unknown(p_import.school_id, p_rows) u),
           'on_roster', (select count(*) from core.student s where s.school_id = p_import.school_id and s.status <> 'inactive'))
    into v_counts
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  return v_counts;
end
$$;
