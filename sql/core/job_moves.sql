-- The students of a preview who would change their state or whose P(pass) would move most, largest move first. Those who may not be
-- seen (row-level security), or are not there any more, are left out.
create or replace function core.job_moves(p_job ops.job) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'student', core.student_ref(s), 'from_state', core.state_name((m.move ->> 'from')::int2),
           'to_state', core.state_name((m.move ->> 'to')::int2), 'from_p', m.move -> 'p_from', 'to_p', m.move -> 'p_to')
           order by abs((m.move ->> 'p_to')::float8 - (m.move ->> 'p_from')::float8) desc, s.external_id), '[]')
    from jsonb_array_elements(p_job.result -> 'moves') m(move)
    join core.student s on s.school_id = p_job.school_id and s.student_id = (m.move ->> 'student_id')::int8
$$;
