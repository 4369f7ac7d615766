-- Lets somebody see another person's students while that person is away: {"absent", "staff", "reason", "from", "until"}, days at
-- the school, both included. What the absent one assesses is not covered. 201 with the cover. POST /api/v1/covers
--
-- Refuses 409 counsellor_wall where the one who covers assesses one of those students; 409 no_use, for an account that is disabled
-- or whose roles see no students.
--
-- Who: sg_office. Ground: dean of the school. Locks: core.wall_lock.
create or replace function api.cover_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'assign', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_absent core.staff;
  v_staff core.staff;
  v_days record;
  v_cover core.cover;
begin
  perform core.args_known(p_args, '{}', '{absent,staff,reason,from,until}');
  v_days := core.arg_days(v_me, v_body, true);
  perform core.wall_lock(v_me.school_id);
  v_absent := core.staff_named(v_me, v_body, 'absent');
  v_staff := core.staff_named(v_me, v_body, 'staff');
  if v_absent.staff_id = v_staff.staff_id then
    perform core.refuse(422, 'invalid', 'Nobody covers for themselves.', 'staff');
  elsif v_staff.status = 'disabled' or not v_staff.roles && '{dean,adviser}' then
    perform core.refuse(409, 'no_use', 'This account is disabled, or its roles see no students.', 'staff');
  end if;
  insert into core.cover (school_id, absent_id, staff_id, valid_from, valid_until, reason, granted_by, granted_at)
  values (v_me.school_id, v_absent.staff_id, v_staff.staff_id, v_days.valid_from, v_days.valid_until,
          coalesce(core.arg(v_body, 'reason', p_most => 500), ''), v_me.staff_id, v_me.now)
  returning * into v_cover;
  perform core.wall_check(v_me, p_cover => v_cover.cover_id);
  perform core.note_done(v_me, 'cover_add', '{}', jsonb_build_object('cover_id', v_cover.cover_id, 'absent_id', v_absent.staff_id,
    'staff_id', v_staff.staff_id));
  return core.reply(core.cover_json(v_cover, v_me.zone, v_me.now), p_status => 201);
end
$$;
