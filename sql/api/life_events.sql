-- What is going on in a student's life that makes rules keep quiet, withdrawn entries too. GET
-- /api/v1/students/{student}/life-events
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.life_events(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
  v_items jsonb;
begin
  perform core.args_known(p_args, '{student,format}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  v_items := (select coalesce(jsonb_agg(core.life_event_of(l) order by l.starts_on desc, l.event_id desc), '[]')
                from core.life_event l where l.school_id = v_student.school_id and l.student_id = v_student.student_id);
  return core.reply_list(v_me, p_args, v_items, null, jsonb_array_length(v_items), array[v_student.student_id],
                         '{event,kind,category,starts_on,ends_on,withdrawn_at,by.name,noted_at,mutes}');
end
$$;
