-- What is kept of the policies' proposals (core.clearance_kept) and was made on this day from results, plan, roster and estimate
-- that are still the newest. Whoever asks compares the rest, which comes from the calendar: policy_id, attempt, exam_on, breaks.
create or replace function core.clearance_kept_now(p_school int4, p_as_of timestamptz) returns setof core.clearance_kept
  language sql stable as $$
  select k.*
    from core.school z
    join core.clearance_kept k on k.school_id = z.school_id and k.zone = z.zone and k.today = (p_as_of at time zone z.zone)::date
                              and k.made_at <= p_as_of
    join core.progress p on p.school_id = k.school_id and p.student_id = k.student_id and p.version = k.version
    left join core.assessment a on a.school_id = k.school_id and a.student_id = k.student_id
   where z.school_id = p_school and a.recorded_at is not distinct from k.estimate_at
$$;
