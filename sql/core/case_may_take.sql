-- Whether this person may take a case: one that nobody has, or whose owner is not there any more; one of somebody for whom they
-- cover; who may assign, any. A case that a colleague works on is handed over or assigned: whoever has it reads the notes for its
-- owner.
create or replace function core.case_may_take(p_me core.me, p_case core.case_file) returns bool
  language sql stable as $$
  select p_case.owner_id is null or p_case.owner_id = p_me.staff_id or core.may(p_me, 'assign')
         or core.covers(p_me.school_id, p_me.staff_id, p_case.owner_id, p_me.now)
         or not core.case_works(p_case.school_id, p_case.student_id, p_case.owner_id, p_me.now)
$$;
