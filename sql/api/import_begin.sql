-- Asked before a file is read: may this person bring one. Gives {"zone"}, of the school. Asked by the daemon for POST
-- /api/v1/imports.
--
-- Who: sg_office, right "roster". Ground: none is needed, no student is shown. Locks: none.
create or replace function api.import_begin(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster');
begin
  perform core.args_known(p_args, '{kind,file_name,mode,absent}');
  perform core.arg_choice(p_args, 'kind', core.import_kinds(), null);
  perform core.arg(p_args, 'file_name', true, 200);
  perform core.arg_choice(p_args, 'mode', '{strict,lenient}', 'lenient');
  if core.arg_choice(p_args, 'absent', '{keep,inactive}', 'keep') = 'inactive' and p_args ->> 'kind' <> 'roster' then
    perform core.refuse(422, 'invalid', 'Only a roster can say who is absent.', 'absent', 'Leave it out.');
  end if;
  return core.reply(jsonb_build_object('zone', v_me.zone));
end
$$;
