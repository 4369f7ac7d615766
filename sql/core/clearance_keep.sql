-- Keeps what the policies in force propose for the students of a school at a time (core.clearance_kept), all in one look, so that
-- what is kept and what it was made from belong together. Not of who has a result from the future (the clock of their device is
-- ahead): it begins to count without a word. All students must be in scope.
--
-- Locks: the rows it writes, in key order.
create or replace function core.clearance_keep(p_school int4, p_now timestamptz) returns void
  language plpgsql as $$
begin
  insert into core.clearance_kept as k (school_id, student_id, made_at, today, zone, policy_id, attempt, exam_on, breaks, version,
                                        estimate_at, proposal)
  select p_school, r.student_id, p_now, r.today, z.zone, r.policy_id, r.attempt, r.exam_on, r.breaks, p.version, a.recorded_at,
         x.proposal
    from core.school z
    join core.clearance_proposals(p_school, p_now, p_why => false, p_compare => false) x on true
    join core.clearance_rows(p_school, p_now) r on r.student_id = x.student_id and r.policy_id = x.policy_id
    join core.progress p on p.school_id = p_school and p.student_id = r.student_id
    left join core.assessment a on a.school_id = p_school and a.student_id = r.student_id
   where z.school_id = p_school
     and r.student_id not in (select f.student_id from core.result f where f.school_id = p_school and f.taken_at > p_now)
   order by r.student_id
      on conflict (school_id, student_id) do update
     set (made_at, today, zone, policy_id, attempt, exam_on, breaks, version, estimate_at, proposal)
       = (excluded.made_at, excluded.today, excluded.zone, excluded.policy_id, excluded.attempt, excluded.exam_on, excluded.breaks,
          excluded.version, excluded.estimate_at, excluded.proposal);
end
$$;
