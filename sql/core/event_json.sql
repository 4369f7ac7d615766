-- A line of the trail, as auditors see it (core.detail_shown). Of the students it concerns the first few are named
-- (core.students_json), and how many there are.
create or replace function core.event_json(p_event audit.event) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'event_id', p_event.event_id, 'at', p_event.at, 'action', p_event.action, 'actor', p_event.actor,
    'staff', core.staff_ref(p_event.school_id, p_event.staff_id), 'ground', p_event.ground, 'address', p_event.address,
    'request_id', p_event.request_id, 'status', p_event.status,
    'students', core.students_json(p_event.school_id, p_event.students), 'students_n', cardinality(p_event.students),
    'detail', core.detail_shown(p_event.action, p_event.detail))
$$;
