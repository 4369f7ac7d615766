-- What a night's report is as a file: the document of api.report_night, for the daemon to put into the form that was asked for
-- (GET /reports/nights/{night}/{form}). Refuses those who may take no file (core.export_check).
--
-- Who: sg_office, rights "records" and "export". Ground: the person's own, for each student in it. Locks: none.
create or replace function api.report_night_paper(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_brief record;
begin
  perform core.args_known(p_args, '{night,form}');
  perform core.export_check(v_me);
  select * into v_brief from core.brief_for(v_me, core.run_named(v_me, p_args));
  return core.reply(core.paper_noticed(v_brief.document), v_brief.students, v_me.ground);
end
$$;
