-- Notes a life event: its kind, its days and a category of reason; no more is asked for or kept. What it mutes is
-- core.rule_mutes(). POST /api/v1/students/{student}/life-events {"kind", "category", "starts_on", "ends_on"?}
--
-- Who: sg_office, right "calendar". Ground: the person's own. Locks: the student's progress row, then the case (core.cases_follow).
create or replace function api.life_event_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'calendar', p_write => true);
  v_student core.student;
  v_body jsonb := coalesce(p_args -> 'body', '{}');
  v_event core.life_event;
begin
  perform core.args_known(p_args, '{student,body}', '{kind,category,starts_on,ends_on}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  v_event.kind := core.arg_choice(v_body, 'kind', '{leave,illness,accommodation,off_cycle,decelerated}', null);
  v_event.category := core.arg_choice(v_body, 'category', '{medical,family,academic,military,administrative,other}', null);
  v_event.starts_on := core.arg_day(v_body, 'starts_on', true);
  v_event.ends_on := core.arg_day(v_body, 'ends_on');
  if v_event.ends_on < v_event.starts_on then
    perform core.refuse(422, 'invalid', 'It ends before it begins.', 'ends_on');
  end if;
  insert into core.life_event (school_id, student_id, kind, category, starts_on, ends_on, noted_by, noted_at)
  values (v_me.school_id, v_student.student_id, v_event.kind, v_event.category, v_event.starts_on, v_event.ends_on, v_me.staff_id,
    v_me.now)
  returning * into v_event;
  perform core.student_follow(v_me.school_id, v_student.student_id, v_me.now);
  perform core.note_done(v_me, 'life_event_add', array[v_student.student_id], jsonb_build_object('event', v_event.event_id));
  return core.reply(core.life_event_of(v_event), array[v_student.student_id], core.ground_for(v_me, v_student.student_id), 201);
end
$$;
