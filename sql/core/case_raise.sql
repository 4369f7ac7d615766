-- A reason that no flag says: of a person ('person'), or of a clearance rule ('clearance'). Opens the case of the attempt where
-- there is none, reopens it where it was resolved, and appends; the same code again is the same reason, with new words. Gives the
-- case. The student must be in scope. A clearance rule takes its reason back with core.case_settle().
--
-- Locks: the student's progress row, then the case.
create or replace function core.case_raise(p_school int4, p_student int8, p_attempt int2, p_source text, p_code text,
  p_severity int2,
                                           p_text text, p_staff int8, p_now timestamptz) returns core.case_file
  language plpgsql as $$
declare
  v_case core.case_file;
  v_known bool;
  v_was text; -- its state before
  v_next text;
begin
  perform from core.progress p where p.school_id = p_school and p.student_id = p_student for no key update;
  insert into core.case_file as c (school_id, student_id, attempt, state_since, state_why, severity, opened_at, opened_by, due_on)
  values (p_school, p_student, p_attempt, p_now, left(p_text, 1000), p_severity, p_now, p_staff,
          core.case_due_on(p_school, p_severity, p_now))
      on conflict (school_id, student_id, attempt) where state <> 'merged' do nothing
  returning * into v_case;
  v_known := not found;
  if v_known then
    select * into v_case from core.case_file c
     where c.school_id = p_school and c.student_id = p_student and c.attempt = p_attempt and c.state <> 'merged'
       for no key update;
    v_was := v_case.state;
    if exists (select from core.case_reason r where r.school_id = p_school and r.case_id = v_case.case_id and r.code = p_code
                  and r.closed_at is null and (r.severity, r.text) = (p_severity, p_text)) then
      return v_case;
    end if;
    v_next := core.case_next(v_case.state, case when v_case.acted_at is null then 'return' else 'fall' end);
    update core.case_file c
       set revision = c.revision + 1, severity = greatest(c.severity, p_severity), state = coalesce(v_next, c.state),
           state_since = case when v_next is null then c.state_since else p_now end,
           state_why = case when v_next is null then c.state_why else left(p_text, 1000) end,
           resolution = null, mark_p = case when v_next is null then c.mark_p end,
           mark_delta = case when v_next is null then c.mark_delta end
     where c.school_id = p_school and c.case_id = v_case.case_id
    returning * into v_case;
  end if;
  insert into core.case_reason as r (school_id, case_id, student_id, source, code, severity, text, opened_at, changed_at)
  values (p_school, v_case.case_id, p_student, p_source, p_code, p_severity, p_text, p_now, p_now)
      on conflict (school_id, case_id, code) do update
     set (source, severity, text, changed_at, closed_at, opened_at, times)
       = (excluded.source, excluded.severity, excluded.text, p_now, null, case when r.closed_at is null
         then r.opened_at else p_now end,
          r.times + (r.closed_at is not null)::int4);
  insert into core.case_event (school_id, case_id, student_id, at, staff_id, verb, from_state, to_state, revision, detail)
  values (p_school, v_case.case_id, p_student, p_now, p_staff,
          case when not v_known then 'open' when v_next is null then 'reason_open' when v_next = 'new'
            then 'return' else 'fall' end,
          v_was, v_case.state, v_case.revision,
          jsonb_build_object('code', p_code, 'severity', core.severity_name(p_severity), 'text', p_text, 'source', p_source));
  return v_case;
end
$$;
