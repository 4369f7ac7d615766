-- What was found in a night, as it was kept then: counts, lists with a sentence a student, what did not run, who was told. Students
-- are named; who sees some students only gets the lines about them (core.brief_for). GET /api/v1/reports/nights/{night}
--
-- Who: sg_office, right "records". Ground: the person's own, for each student in it. Locks: none.
create or replace function api.report_night(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_brief record;
begin
  perform core.args_known(p_args, '{night}');
  select * into v_brief from core.brief_for(v_me, core.run_named(v_me, p_args));
  return core.reply(v_brief.document, v_brief.students, v_me.ground);
end
$$;
