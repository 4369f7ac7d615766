-- Ends a ground now; what the roster says is ended in the roster. A second time changes nothing. DELETE /api/v1/grounds/{ground}
--
-- Who: sg_office. Ground: dean of the school. 404 where there is none. Locks: the ground's row.
create or replace function api.ground_end(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'assign', p_write => true);
  v_ground core.ground;
begin
  perform core.args_known(p_args, '{ground}');
  update core.ground g set ended_at = coalesce(g.ended_at, v_me.now), ended_by = coalesce(g.ended_by, v_me.staff_id)
   where g.school_id = v_me.school_id and g.ground_id = core.arg_number(p_args, 'ground', null, 1, 999999999999999999)
  returning * into v_ground;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such ground.', 'ground');
  end if;
  perform core.note_done(v_me, 'ground_end', array[v_ground.student_id], jsonb_build_object('ground_id', v_ground.ground_id));
  return core.reply(core.ground_json(v_ground, v_me.zone, v_me.now), array[v_ground.student_id], v_me.ground);
end
$$;
