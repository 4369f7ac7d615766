-- Says of attempts what is wanted of them, as the office: for each, the kinds of statement that p_actions names (1 planned, 3
-- taken, 4 result), with the values of p_fields (as core.plan_fields gives them); a plan without a day is a cancellation. Later
-- than whatever was said before: two statements in one instant would be ordered by their random ids. Those whose estimate rests on
-- it are stale from then on.
create or replace function core.plan_say(p_school int4, p_students int8[], p_attempts int2[], p_actions jsonb,
                                         p_fields jsonb[]) returns void
  language plpgsql as $$
begin
  insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, permit_from, permit_to,
                                outcome, outcome_known_on, made_at)
  select p_school, w.student_id, gen_random_uuid(), 2,
         case when a.action = 1 and w.fields ->> 'planned_on' is null then 2 else a.action end, w.attempt,
         (w.fields ->> case a.action when 1 then 'planned_on' when 3 then 'taken_on' end)::date,
         case when a.action = 1 and w.fields ->> 'planned_on' is not null then (w.fields ->> 'permit_from')::date end,
         case when a.action = 1 and w.fields ->> 'planned_on' is not null then (w.fields ->> 'permit_to')::date end,
         case when a.action = 4 then array_position('{pass,fail}'::text[], w.fields ->> 'outcome') end,
         case when a.action = 4 then (w.fields ->> 'outcome_known_on')::date end,
         greatest(clock_timestamp(), (select max(c.made_at) + interval '1 microsecond' from core.plan_change c
                                       where c.school_id = p_school and c.student_id = w.student_id))
    from unnest(p_students, p_attempts, p_fields) with ordinality w(student_id, attempt, fields, n)
   cross join lateral (select e::int2 as action from jsonb_array_elements_text(p_actions -> (w.n - 1)::int4) e) a;
  perform core.touch(p_school, p_students);
end
$$;
