-- Adds a line to the audit trail of a school in scope.
create or replace function core.note(p_school int4, p_action text, p_students int8[], p_detail jsonb) returns void
  language plpgsql as $$
declare
  v_event int8;
begin
  insert into audit.event (school_id, actor, action, students, detail)
  values (p_school, concat_ws('/', session_user, nullif(current_setting('application_name', true), '')), p_action,
          coalesce(p_students, '{}'), coalesce(p_detail, '{}'))
  returning event_id into v_event;
  perform core.note_seen(p_school, v_event, p_students);
end
$$;
