-- Gives somebody a ground to see a student: {"staff", "kind" (adviser, counsellor, committee, assessor), "reason", "from",
-- "until"}, days at the school, both included; a committee has an end. 201 with the ground. POST /api/v1/students/{student}/grounds
--
-- A person's decision goes before the roster's: whoever is made adviser here stays it, whatever the next file says. Refuses 409
-- counsellor_wall, with who stands where; 409 already_there; 409 no_use, for an account that is disabled or whose roles see no
-- students.
--
-- Who: sg_office. Ground: dean of the school. Locks: core.wall_lock.
create or replace function api.ground_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'assign', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_student core.student;
  v_staff core.staff;
  v_kind text;
  v_days record;
  v_ground core.ground;
begin
  perform core.args_known(p_args, '{student}', '{staff,kind,reason,from,until}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  v_kind := core.arg_choice(v_body, 'kind', '{adviser,counsellor,committee,assessor}', null);
  v_days := core.arg_days(v_me, v_body, v_kind = 'committee');
  perform core.wall_lock(v_me.school_id);
  v_staff := core.staff_named(v_me, v_body, 'staff');
  if v_staff.status = 'disabled' or not v_staff.roles && '{dean,adviser}' then
    perform core.refuse(409, 'no_use', 'This account is disabled, or its roles see no students.', 'staff');
  end if;
  select * into v_ground from core.ground g
   where g.school_id = v_me.school_id and g.student_id = v_student.student_id and g.staff_id = v_staff.staff_id and g.kind = v_kind
     and g.ended_at is null and g.valid_from < coalesce(v_days.valid_until, 'infinity')
     and coalesce(g.valid_until, 'infinity') > v_days.valid_from;
  if found then
    perform core.refuse(409, 'already_there', 'This person has that ground at that time.', 'staff', 'End the one before first.',
                        jsonb_build_object('current', core.ground_json(v_ground, v_me.zone, v_me.now)));
  end if;
  insert into core.ground (school_id, staff_id, student_id, kind, reason, valid_from, valid_until, granted_by, granted_at)
  values (v_me.school_id, v_staff.staff_id, v_student.student_id, v_kind, coalesce(core.arg(v_body, 'reason', p_most => 500), ''),
          v_days.valid_from, v_days.valid_until, v_me.staff_id, v_me.now)
  returning * into v_ground;
  perform core.wall_check(v_me, p_ground => v_ground.ground_id);
  perform core.note_done(v_me, 'ground_add', array[v_student.student_id], jsonb_build_object('ground_id', v_ground.ground_id,
    'staff_id', v_staff.staff_id, 'kind', v_kind));
  return core.reply(core.ground_json(v_ground, v_me.zone, v_me.now), array[v_student.student_id], v_me.ground, 201);
end
$$;
