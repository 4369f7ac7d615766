-- A student's request about the record, as answers show it. days_left counts from the school's today, below 0 it is overdue; null
-- once it is closed.
create or replace function core.request_json(p_request core.record_request, p_today date) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'request_id', p_request.request_id, 'student', core.student_ref(s), 'kind', p_request.kind, 'state', p_request.state,
    'received_on', p_request.received_on, 'due_on', p_request.due_on,
    'days_left', case when p_request.answered_on is null then p_request.due_on - p_today end,
    'hold', p_request.answered_on is null, 'words', p_request.words, 'answered_on', p_request.answered_on,
    'answer', p_request.answer, 'statement', p_request.statement,
    'created_by', core.staff_ref(p_request.school_id, p_request.created_by),
    'created_at', p_request.created_at, 'revision', p_request.revision,
    'next', (select coalesce(jsonb_agg(t.to order by t.to), '[]') from core.request_steps() t
              where t.kind = p_request.kind and t.from = p_request.state),
    'steps', (select coalesce(jsonb_agg(jsonb_build_object('at', c.at, 'staff', core.staff_ref(c.school_id, c.staff_id),
                                                           'state', c.state, 'words', c.words) order by c.revision), '[]')
                from core.record_request_step c
               where c.school_id = p_request.school_id and c.request_id = p_request.request_id))
    from core.student s where s.school_id = p_request.school_id and s.student_id = p_request.student_id
$$;
