-- A task as pages show it. p_day: the school's day.
create or replace function core.case_task_of(p_task core.case_task, p_day date) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'task', p_task.task_id, 'title', p_task.title, 'owner', core.staff_ref(p_task.school_id, p_task.owner_id), 'due_on',
      p_task.due_on,
    'overdue', p_task.state = 'open' and coalesce(p_task.due_on < p_day, false), 'state', p_task.state,
    'by', core.staff_ref(p_task.school_id, p_task.created_by), 'created_at', p_task.created_at,
    'ended_by', core.staff_ref(p_task.school_id, p_task.ended_by), 'ended_at', p_task.ended_at)
$$;
