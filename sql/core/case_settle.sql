-- Takes back a reason of a clearance rule (core.case_raise), wherever it is open for this student. The case stays as it is: what a
-- person began, a person ends; one that nobody touched and that has no other reason is resolved as recovered.
--
-- Locks: the student's progress row, then the case.
create or replace function core.case_settle(p_school int4, p_student int8, p_code text, p_now timestamptz) returns void
  language plpgsql as $$
declare
  v_case core.case_file;
  v_next text;
  v_severity int2;
begin
  perform from core.progress p where p.school_id = p_school and p.student_id = p_student for no key update;
  for v_case in
    select c.* from core.case_file c
      join core.case_reason r on r.school_id = c.school_id and r.case_id = c.case_id and r.code = p_code and r.source = 'clearance'
                             and r.closed_at is null
     where c.school_id = p_school and c.student_id = p_student and c.state <> 'merged'
     order by c.case_id
       for no key update of c
  loop
    update core.case_reason r set closed_at = p_now
     where r.school_id = p_school and r.case_id = v_case.case_id and r.code = p_code;
    v_severity := (select coalesce(max(r.severity), 1) from core.case_reason r
                    where r.school_id = p_school and r.case_id = v_case.case_id and r.closed_at is null);
    v_next := case when v_severity = 1 and v_case.acted_at is null and v_case.owner_id is null
                then core.case_next(v_case.state, 'recover') end;
    update core.case_file c
       set severity = v_severity, state = coalesce(v_next, c.state), resolution = coalesce('recovered', c.resolution),
           state_since = p_now, revision = c.revision + 1
     where c.school_id = p_school and c.case_id = v_case.case_id and v_next is not null;
    update core.case_file c set severity = v_severity
     where c.school_id = p_school and c.case_id = v_case.case_id and v_next is null;
    insert into core.case_event (school_id, case_id, student_id, at, verb, from_state, to_state, revision, detail)
    values (p_school, v_case.case_id, p_student, p_now, case when v_next is null then 'reason_close' else 'recover' end,
      v_case.state,
            coalesce(v_next, v_case.state), v_case.revision + (v_next is not null)::int4, jsonb_build_object('code', p_code));
  end loop;
end
$$;
