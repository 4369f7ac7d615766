-- The students of a school who need a person, in the order in which to see them: at risk or borderline, or with an open flag of
-- severity warning or above; on the roster, the exam not taken yet. First whose failure a talk today is expected to prevent
-- most (core.preventable), on the estimate of P(pass) and the days left at p_as_of in the school's zone. waiting is how many
-- there are without p_max, the same in every row.
drop function if exists core.queue_rows(core.school, timestamptz, int4); -- its columns changed
create or replace function core.queue_rows(p_school core.school, p_as_of timestamptz, p_max int4)
  returns table (rank int8, student_id int8, exam_day date, days_to_exam int4, waiting int8)
  language sql stable as $$
  select row_number() over (order by core.preventable(a.p, d.days) desc, a.p, d.days, s.external_id), s.student_id, plan.exam_day,
         d.days, count(*) over ()
    from core.student s
    join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
   cross join lateral core.plan_of(s.school_id, s.student_id) plan
   cross join lateral (select plan.exam_day - (p_as_of at time zone p_school.zone)::date as days) d
   where s.school_id = p_school.school_id and s.status <> 'inactive' and not plan.passed and not plan.taken
     and (a.state in (1, 2)
          or exists (select from core.flag f
                      where f.school_id = s.school_id and f.student_id = s.student_id and f.closed_at is null and f.severity >= 3))
   order by 1
   limit p_max
$$;
