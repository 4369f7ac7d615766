-- Opens, words anew and takes back the reasons that the ledger gives for seeing somebody, as things stand now; for all students of
-- a school:
--   clearance_worse     cleared, or on a condition, and what it rested on fell since
--   clearance_overdue   the day by which the policy wanted it met is over, it is not met, and nobody has decided
-- A decision takes them back at the next sweep, and so does an exam that was sat. Gives how many of each are open. A second call at
-- the same time changes nothing.
--
-- Locks: the progress rows of students concerned, in key order, each with its case (core.case_raise).
create or replace function core.clearance_follow(p_school int4, p_now timestamptz) returns jsonb
  language plpgsql as $$
declare
  c_severity constant int2 := 3; -- a warning: somebody is to look, in days
  v_one record;
  v_worse int4 := 0;
  v_overdue int4 := 0;
begin
  for v_one in
    with wanted as (
      select r.student_id, r.attempt, w.code, w.text
        from core.clearance_rows(p_school, p_now) r
        join core.student s on s.school_id = p_school and s.student_id = r.student_id and s.status = 'active'
        join core.clearance_proposals(p_school, p_now) x on x.student_id = r.student_id
       cross join lateral (
              select 'clearance_worse' as code,
                     core.clearance_sentence('clearance_worse', (r.decided_at at time zone z.zone)::date) as text
                from core.school z where z.school_id = p_school and x.worse and r.state in ('cleared', 'conditional')
              union all
              select 'clearance_overdue', core.clearance_sentence('clearance_overdue', x.due_on)
               where x.overdue and x.proposal <> 'meets' and r.state = 'undecided') w
    )
    select coalesce(w.student_id, o.student_id) as student_id, coalesce(w.code, o.code) as code, w.attempt, w.text
      from wanted w
      full join (select distinct e.student_id, e.code from core.case_reason e
                  where e.school_id = p_school and e.source = 'clearance' and e.closed_at is null
                    and e.code in ('clearance_worse', 'clearance_overdue')) o
        on o.student_id = w.student_id and o.code = w.code
     order by 1, 2
  loop
    if v_one.text is null then
      perform core.case_settle(p_school, v_one.student_id, v_one.code, p_now);
    else
      perform core.case_raise(p_school, v_one.student_id, v_one.attempt, 'clearance', v_one.code, c_severity, v_one.text,
                              null, p_now);
      v_worse := v_worse + (v_one.code = 'clearance_worse')::int4;
      v_overdue := v_overdue + (v_one.code = 'clearance_overdue')::int4;
    end if;
  end loop;
  return jsonb_build_object('worse', v_worse, 'overdue', v_overdue);
end
$$;
