-- The urgent class: an exam within urgent_days and an estimate that is not on track. Whoever keeps the case is told, once for each
-- day on which the exam is planned, and not whoever keeps it next; webhooks learn how many. Who is on leave, and whose exam is sat,
-- is none of it. Gives how many were told of.
create or replace function core.post_urgent(p_school int4, p_now timestamptz) returns int4
  language plpgsql as $$
declare
  v_most constant int4 := core.setting(p_school, 'urgent_daily_cap');
  v_days constant int4 := core.setting(p_school, 'urgent_days');
  v_day date;
  v_person record;
  v_new int4 := 0;
begin
  select (p_now at time zone s.zone)::date into v_day from core.school s where s.school_id = p_school;
  for v_person in
    with near as materialized (
      select k.student_id, k.attempt, k.exam_on, a.state, a.p
        from core.attempt_fact k
        join core.student s on s.school_id = k.school_id and s.student_id = k.student_id and s.status = 'active'
        join core.assessment a on a.school_id = k.school_id and a.student_id = k.student_id and a.state <> 3
       where k.school_id = p_school and not k.taken and not k.passed
         and k.exam_on between v_day and v_day + v_days
         and not exists (select from core.life_event l
                          where l.school_id = k.school_id and l.student_id = k.student_id and l.kind = 'leave'
                            and l.withdrawn_at is null and v_day between l.starts_on and coalesce(l.ends_on, 'infinity'))
         and not exists (select from ops.message m -- to anybody; '0' follows '/'
                          where m.school_id = k.school_id
                            and m.dedup_key >= format('urgent/%s/%s/%s/staff/', k.student_id, k.attempt, k.exam_on)
                            and m.dedup_key < format('urgent/%s/%s/%s/staff0', k.student_id, k.attempt, k.exam_on))
    )
    select p.staff_id, jsonb_agg(jsonb_build_object(
             'key', format('%s/%s/%s', n.student_id, n.attempt, n.exam_on), 'student_id', n.student_id, 'case_id', p.case_id,
             'text', format('Exam on %s, %s; %s, %s %% chance of passing.', n.exam_on,
                            case n.exam_on - v_day when 0 then 'today' when 1 then 'tomorrow'
                                                   else format('in %s days', n.exam_on - v_day) end,
                            replace(core.state_name(n.state), '_', ' '), round(n.p::numeric * 100)))
             order by n.exam_on, n.p, n.student_id) as things
      from core.post_keepers(p_school, (select array_agg(x.student_id) from near x), p_now) p
      join near n on n.student_id = p.student_id
     group by p.staff_id order by p.staff_id
  loop
    v_new := v_new + core.post_tell(p_school, 'urgent', v_person.staff_id, v_person.things, v_most, p_now);
  end loop;
  return v_new;
end
$$;
