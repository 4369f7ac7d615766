-- Ends a cover now. A second time changes nothing. DELETE /api/v1/covers/{cover}
--
-- Who: sg_office. Ground: dean of the school. 404 where there is none. Locks: the cover's row.
create or replace function api.cover_end(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'assign', p_write => true);
  v_cover core.cover;
begin
  perform core.args_known(p_args, '{cover}');
  update core.cover c set ended_at = coalesce(c.ended_at, v_me.now)
   where c.school_id = v_me.school_id and c.cover_id = core.arg_number(p_args, 'cover', null, 1, 999999999999999999)
  returning * into v_cover;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such cover.', 'cover');
  end if;
  perform core.note_done(v_me, 'cover_end', '{}', jsonb_build_object('cover_id', v_cover.cover_id));
  return core.reply(core.cover_json(v_cover, v_me.zone, v_me.now));
end
$$;
