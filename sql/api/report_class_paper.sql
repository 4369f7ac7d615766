-- The report of a class year as a document, for the daemon to put into the form that was asked for (GET /reports/class/{form}).
-- Query: class_year; whole (true: small figures too, which are hidden otherwise, since a file goes on). Figures alone, and nobody
-- behind them. Refuses those who may take no file (core.export_check); who sees figures and not the records of the school, for a
-- class is a part of it (core.cohort_whole says why); and 404 for a class that nobody is in.
--
-- Who: sg_office, rights "cohort", "records" of the school, and "export". Ground: figures. Locks: none.
create or replace function api.report_class_paper(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_school core.school;
  v_year int2;
  v_least int4;
begin
  perform core.args_known(p_args, '{form,class_year,whole}');
  perform core.export_check(v_me);
  perform core.arg(p_args, 'class_year', true);
  v_year := core.arg_number(p_args, 'class_year', null, 1900, 9999);
  perform core.cohort_whole(core.cohort_least(v_me), p_args, '{class_year}');
  v_least := case when core.arg_flag(p_args, 'whole') then 0 else core.setting(v_me.school_id, 'small_cell') end;
  if not exists (select from core.student s
                  where s.school_id = v_me.school_id and s.class_year = v_year and s.status <> 'inactive') then
    perform core.refuse(404, 'not_found', 'There is no such class.', 'class_year');
  end if;
  select s.* into strict v_school from core.school s where s.school_id = v_me.school_id;
  return core.reply(core.class_document(v_school, v_year, v_me.now, v_least), '{}', v_me.ground);
end
$$;
