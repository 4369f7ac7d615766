-- Takes down what the office knows of exams: rows of exams.csv, [{"student_id", "attempt", "planned_on", "permit_from",
-- "permit_to", "taken_on", "outcome", "outcome_known_on"}]. Each row becomes up to three statements in the log of plan changes
-- (planned, taken, result), made by the office now; what is in force already adds nothing, so the same file twice changes nothing.
-- An empty cell says nothing; it takes nothing back.
--
-- Gives {"new","changed","unchanged","unknown_students":[…]}; new is an attempt nobody had spoken of.
--
-- Who: sg_operator. Ground: running the service. Refused (22023): an attempt that stands twice. Audited. Locks: the progress rows
-- of those it touches, in key order.
drop function if exists api.plans_import(text, text, jsonb); -- it could not be told to go past the brake
create or replace function api.plans_import(p_school_code text, p_source text, p_rows jsonb, p_past_brake text default null)
  returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_touched int8[];
  v_result jsonb;
  v_bad text;
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
    select s.student_id, x.n, x.row ->> 'student_id' as external_id,
           coalesce(nullif(x.row ->> 'attempt', '')::int2, 1::int2) as attempt,
           nullif(x.row ->> 'planned_on', '')::date as planned_on, nullif(x.row ->> 'permit_from', '')::date as permit_from,
           nullif(x.row ->> 'permit_to', '')::date as permit_to, nullif(x.row ->> 'taken_on', '')::date as taken_on,
           case nullif(x.row ->> 'outcome', '') when 'pass' then 1 when 'fail' then 2 end::int2 as outcome,
           nullif(x.row ->> 'outcome_known_on', '')::date as outcome_known_on
      from jsonb_array_elements(p_rows) with ordinality x(row, n)
      left join core.student s on s.school_id = v_school.school_id and s.external_id = x.row ->> 'student_id'
  ), beside as materialized (
    select w.*, a.attempt is not null as known, a.planned_on as old_planned, a.permit_from as old_from, a.permit_to as old_to,
           a.taken_on as old_taken, a.outcome as old_outcome, a.outcome_known_on as old_known_on
      from wanted w
      left join lateral core.attempts_of(v_school.school_id, w.student_id) a on a.attempt = w.attempt
     where w.student_id is not null
  ), said as (
    insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, permit_from, permit_to,
                                  outcome, outcome_known_on, made_at)
    select v_school.school_id, b.student_id, gen_random_uuid(), 2, c.action, b.attempt, c.exam_day, c.permit_from, c.permit_to,
           c.outcome, c.known_on, clock_timestamp()
      from beside b,
           lateral (values
             (1::int2, b.planned_on, b.permit_from, b.permit_to, null::int2, null::date,
              b.planned_on is not null
                and (b.planned_on, coalesce(b.permit_from, b.old_from), coalesce(b.permit_to, b.old_to))
                    is distinct from (b.old_planned, b.old_from, b.old_to)),
             (3::int2, b.taken_on, null, null, null, null, b.taken_on is not null and b.taken_on is distinct from b.old_taken),
             (4::int2, null, null, null, b.outcome, b.outcome_known_on,
              b.outcome is not null
                and (b.outcome, coalesce(b.outcome_known_on, b.old_known_on)) is distinct from (b.old_outcome, b.old_known_on))
           ) c(action, exam_day, permit_from, permit_to, outcome, known_on, wanted)
     where c.wanted
    returning student_id, attempt
  ), told as (
    select distinct s.student_id, s.attempt from said s
  )
  select (select array_agg(distinct t.student_id) from told t),
         jsonb_build_object(
           'new', count(*) filter (where not b.known and t.attempt is not null),
           'changed', count(*) filter (where b.known and t.attempt is not null),
           'unchanged', count(*) filter (where t.attempt is null),
           'unknown_students', (select coalesce(jsonb_agg(distinct w.external_id), '[]') from wanted w where w.student_id is null))
    into v_touched, v_result
    from beside b
    left join told t on t.student_id = b.student_id and t.attempt = b.attempt;

  perform core.touch(v_school.school_id, v_touched);
  insert into ops.import (school_id, kind, source, rows, result)
  values (v_school.school_id, 'plans', p_source, jsonb_array_length(p_rows), v_result);
  perform core.note(v_school.school_id, 'plans_import', v_touched, v_result || jsonb_build_object('source', p_source));
  return v_result;
end
$$;
