-- A case in short, as lists, pages and conflicts show it. p_day: the school's day, for what is overdue.
create or replace function core.case_head(p_case core.case_file, p_student core.student, p_day date) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'case', p_case.case_id, 'student', core.student_ref(p_student), 'attempt', p_case.attempt, 'state', p_case.state,
    'state_since', p_case.state_since, 'state_why', p_case.state_why, 'severity', core.severity_name(p_case.severity),
    'revision', p_case.revision, 'opened_at', p_case.opened_at, 'owner', core.staff_ref(p_case.school_id, p_case.owner_id),
    'held_for', core.staff_ref(p_case.school_id, p_case.held_for), 'due_on', p_case.due_on,
    'overdue', p_case.state not in ('resolved', 'merged') and coalesce(p_case.due_on < p_day, false), 'acted_at', p_case.acted_at,
    'snooze_until', p_case.snooze_until, 'follow_up_on', p_case.follow_up_on,
    'watch', case when p_case.state = 'watching' then
               jsonb_build_object('p', p_case.mark_p, 'delta_points', round(p_case.mark_delta::numeric * 100)) end,
    'resolution', p_case.resolution, 'merged_into', p_case.merged_into)
$$;
