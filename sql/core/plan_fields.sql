-- What is in force of one attempt of a student, as exams.csv says it; null where nobody has spoken of it.
create or replace function core.plan_fields(p_school int4, p_student int8, p_attempt int2) returns jsonb
  language sql stable as $$
  select jsonb_build_object('planned_on', a.planned_on, 'permit_from', a.permit_from, 'permit_to', a.permit_to,
                            'taken_on', a.taken_on, 'outcome', ('{pass,fail}'::text[])[a.outcome],
                            'outcome_known_on', a.outcome_known_on)
    from core.attempts_of(p_school, p_student) a where a.attempt = p_attempt
$$;
