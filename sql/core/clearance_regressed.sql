-- Whether a student who is cleared, or cleared on a condition, for an attempt fell again: a result that the decision rested on was
-- corrected or withdrawn, or the policy in force proposes less than when it was made. For many students join
-- core.clearance_proposals (worse).
create or replace function core.clearance_regressed(p_school int4, p_student int8, p_attempt int2) returns bool
  language sql stable as $$
  select core.clearance_state(p_school, p_student, p_attempt) in ('cleared', 'conditional')
         and coalesce((select p.worse from core.clearance_proposals(p_school, core.now(), array[p_student]) p
                        where (select r.attempt from core.clearance_rows(p_school, core.now(), array[p_student]) r) = p_attempt),
                          false)
$$;
