-- Writes a case as it stands in the hand of the caller, who holds its lock.
create or replace function core.case_store(p_case core.case_file) returns void
  language sql as $$
  update core.case_file c
     set (state, state_since, state_why, severity, revision, owner_id, held_for, due_on, acted_at, snooze_until, slept_until,
       mark_p,
          mark_delta, follow_up_on, resolution, merged_into)
       = (p_case.state, p_case.state_since, p_case.state_why, p_case.severity, p_case.revision, p_case.owner_id, p_case.held_for,
          p_case.due_on, p_case.acted_at, p_case.snooze_until, p_case.slept_until, p_case.mark_p, p_case.mark_delta,
          p_case.follow_up_on, p_case.resolution, p_case.merged_into)
   where c.school_id = p_case.school_id and c.case_id = p_case.case_id
$$;
