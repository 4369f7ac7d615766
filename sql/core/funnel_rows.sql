-- What became of the students who came up in a period: for each the case of the newest attempt that was opened in it (days of the
-- school, both with), and the day on which each stage was reached first; null: not reached. core.funnel_stages() says what each
-- means. Whoever is on the roster and not inactive, of these classes and this track (null: any).
create or replace function core.funnel_rows(p_school int4, p_from date, p_to date, p_years int2[], p_track int2)
  returns table (student_id int8, class_year int2, case_id int8, attempt int2, days date[])
  language sql stable as $$
  with zone as (
    select s.zone, l.checks from core.school s cross join core.model_lines(p_school) l where s.school_id = p_school
  ), flagged as materialized (
    select distinct on (c.student_id) c.student_id, s.class_year, c.case_id, c.attempt, c.opened_at,
           (c.opened_at at time zone z.zone)::date as flagged_on, a.last_check_at
      from zone z
      join core.case_file c on c.school_id = p_school and c.state <> 'merged'
                           and c.opened_at >= core.day_start(p_from, z.zone) and c.opened_at < core.day_start(p_to + 1, z.zone)
      join core.student s on s.school_id = p_school and s.student_id = c.student_id and s.status <> 'inactive'
                         and (p_years is null or coalesce(s.class_year, 0::int2) = any (p_years))
                           and (p_track is null or s.track = p_track)
      left join core.assessment a on a.school_id = p_school and a.student_id = c.student_id
     order by c.student_id, c.attempt desc
  ), contact as materialized (
    select k.case_id, min(k.on_day) as tried_on, min(k.on_day) filter (where k.outcome = 'met') as met_on
      from core.case_contact k where k.school_id = p_school group by k.case_id
  ), plan as materialized (
    select i.case_id, min((i.created_at at time zone z.zone)::date) as plan_on
      from core.case_plan_item i cross join zone z where i.school_id = p_school and i.state <> 'dropped' group by i.case_id
  )
  select f.student_id, f.class_year, f.case_id, f.attempt,
         array[f.flagged_on, k.tried_on, k.met_on, p.plan_on,
               case when f.last_check_at > f.opened_at then (
                 select (min(r.taken_at) at time zone z.zone)::date
                   from core.result r
                  where r.school_id::int8 = p_school and r.student_id = f.student_id -- the cast: see index result_by_student
                    and r.taken_at > f.opened_at and r.instrument = any (z.checks) and r.mode not in (2, 3) and not r.repeat
                    and not r.retracted and not exists (select from core.result n
                                                         where n.school_id = p_school and n.result_id = r.result_id
                                                           and n.revision > r.revision)) end,
               (select (min(c.decided_at) at time zone z.zone)::date from core.clearance c
                 where c.school_id = p_school and c.student_id = f.student_id and c.attempt = f.attempt
                   and c.state in ('cleared', 'waived') and c.decided_at >= f.opened_at),
               case when t.passed and t.attempt = f.attempt then t.exam_on end]
    from flagged f
   cross join zone z
    left join contact k on k.case_id = f.case_id
    left join plan p on p.case_id = f.case_id
    left join core.attempt_fact t on t.school_id = p_school and t.student_id = f.student_id
$$;
