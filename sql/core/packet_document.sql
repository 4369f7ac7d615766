-- The packet that a committee gets of one student: who, where they stand and how they came there, why, on what it rests, what the
-- policy asks and people decided, what is planned and what was done. One JSON document, which every form is made of:
--   core.paper_head, "redacted", "student", "assessment" (with "today": were the exam today, core.chance_at), "plan", "attempts"
--   (core.student_document), "calendar" (core.calendar_of, and "breaks" in words), "lines" {"pass_line", "floor", "ceiling",
--   "parameters"}, "course" (core.paper_course), "results" (core.paper_results), "results_n", "areas" [{"axis", "name", "items",
--   "correct", "difference", "weak"}] weakest first, "clearance" (core.clearance_document, with the policy's "require"), "case"
--   (core.paper_case)
--
-- Notes are never in it, nor what was said in a contact; life events neither. p_redacted: for whom the result matters and not the
-- work; no contacts, no case, no names of the school's people.
create or replace function core.packet_document(p_school core.school, p_student core.student, p_as_of timestamptz, p_redacted bool)
  returns jsonb
  language plpgsql stable as $$
declare
  c_nights constant int4 := 120;  -- a chart has no room for more
  c_results constant int4 := 400; -- as the student's page; a page of paper has fewer
  c_contacts constant int4 := 40;
  v_me core.me := core.paper_me(p_school, p_as_of);
  v_page jsonb := core.student_document(p_student) - '{devices,flags}'::text[];
  v_clearance jsonb := core.clearance_document(v_me, p_student) - '{student,review_items,fingerprint}'::text[];
  v_document jsonb;
begin
  select core.paper_head(p_school, 'packet', p_as_of) || v_page || jsonb_build_object(
    'redacted', p_redacted,
    'assessment', nullif(v_page -> 'assessment', 'null') || jsonb_build_object('today', (
      select core.chance_at(a.readiness_mean, a.readiness_sd, v.body, (v_page #>> '{plan,attempt}')::int4 = 1)
        from core.assessment a
        join ops.parameter_set v on v.school_id = a.school_id and v.parameters_id = a.parameters_id
       where a.school_id = p_school.school_id and a.student_id = p_student.student_id and a.results_used > 0)),
    'calendar', core.calendar_of(p_school.school_id, p_student.student_id, p_as_of) || jsonb_build_object('breaks', (
      select coalesce(jsonb_agg(w.words order by array_position(r.breaks, w.code)), '[]')
        from core.calendar_rows(p_school.school_id, p_as_of, array[p_student.student_id]) r
        join core.calendar_break_words() w on w.code = any (r.breaks))),
    'lines', (select to_jsonb(l) - '{thin_sd,area_probability,area_window_days,checks}'::text[]
                from core.model_lines(p_school.school_id) l),
    'course', core.paper_course(p_student, p_as_of, c_nights),
    'results', core.paper_results(p_student, p_school.zone, c_results),
    'results_n', (select count(*) from core.current_results(p_school.school_id, p_student.student_id)),
    'areas', (select coalesce(jsonb_agg(jsonb_build_object(
                       'axis', n.axis, 'name', n.name, 'items', x.items, 'correct', x.correct,
                       'difference', x.difference / 100.0::float8, 'weak', x.number = any (a.weak_areas))
                       order by x.number = any (a.weak_areas) desc, x.difference, x.number), '[]')
                from core.assessment a
               cross join lateral unnest(a.area_numbers, a.area_items, a.area_correct, a.area_difference_centi)
                                  x(number, items, correct, difference)
                join core.areas() n on n.number = x.number
               where a.school_id = p_school.school_id and a.student_id = p_student.student_id),
    'clearance', v_clearance || jsonb_build_object(
      'require', (select p.rule -> 'require' from core.policy p
                   where p.school_id = p_school.school_id and p.policy_id = (v_clearance #>> '{policy,policy_id}')::int8)),
    'case', core.paper_case(p_student, p_school.zone, c_contacts))
    into v_document;
  if p_redacted then
    v_document := v_document - 'case' #- '{student,adviser_email}' || jsonb_build_object('clearance', jsonb_set(
      v_document -> 'clearance', '{decisions}', (
        select coalesce(jsonb_agg(d - '{staff,reason,conditions,student_view}'::text[] order by i), '[]')
          from jsonb_array_elements(v_document #> '{clearance,decisions}') with ordinality x(d, i))));
  end if;
  return v_document #- '{student,email}';
end
$$;
