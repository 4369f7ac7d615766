-- Ends, moves or takes back a life event. PATCH /api/v1/students/{student}/life-events/{event}
-- {"revision", "starts_on"?, "ends_on"?, "category"?, "withdrawn"?: "true"}
--
-- Who: sg_office, right "calendar". Ground: the person's own. Locks: the student's progress row, the event, the case.
create or replace function api.life_event_change(p_caller api.caller, p_args jsonb) returns api.reply
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
  perform core.args_known(p_args, '{student,event,body}', '{revision,starts_on,ends_on,category,withdrawn}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  perform from core.progress p where p.school_id = v_me.school_id and p.student_id = v_student.student_id for no key update;
  select * into v_event from core.life_event l
   where l.school_id = v_me.school_id and l.student_id = v_student.student_id
     and l.event_id = core.arg_number(p_args, 'event', null, 1, 999999999999);
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such event of this student.', 'event');
  end if;
  perform core.arg(v_body, 'revision', true);
  if core.arg_number(v_body, 'revision', null, 1, 2147483647) <> v_event.revision then
    perform core.refuse(409, 'conflict', 'Somebody changed this meanwhile.', 'revision',
      'Look at it as it is now, then decide again.',
                        jsonb_build_object('current', core.life_event_of(v_event)));
  elsif v_event.withdrawn_at is not null then
    perform core.refuse(409, 'withdrawn', 'This was taken back; note it anew.');
  end if;
  v_event.starts_on := coalesce(core.arg_day(v_body, 'starts_on'), v_event.starts_on);
  v_event.ends_on := case when v_body ? 'ends_on' then core.arg_day(v_body, 'ends_on') else v_event.ends_on end;
  v_event.category := core.arg_choice(v_body, 'category', '{medical,family,academic,military,administrative,other}',
    v_event.category);
  if v_event.ends_on < v_event.starts_on then
    perform core.refuse(422, 'invalid', 'It ends before it begins.', 'ends_on');
  end if;
  update core.life_event l
     set (starts_on, ends_on, category, withdrawn_at, revision)
       = (v_event.starts_on, v_event.ends_on, v_event.category,
          case when core.arg_choice(v_body, 'withdrawn', '{true,false}', 'false') = 'true' then v_me.now end, l.revision + 1)
   where l.school_id = v_event.school_id and l.event_id = v_event.event_id
  returning * into v_event;
  perform core.cases_follow(array[v_me.school_id], array[v_student.student_id], v_me.now);
  perform core.note_done(v_me, 'life_event_change', array[v_student.student_id],
                         jsonb_build_object('event', v_event.event_id, 'revision', v_event.revision));
  return core.reply(core.life_event_of(v_event), array[v_student.student_id], core.ground_for(v_me, v_student.student_id));
end
$$;
