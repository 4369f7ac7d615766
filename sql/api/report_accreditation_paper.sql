-- What an accreditor is shown of a period as a document, for the daemon to put into the form that was asked for
-- (GET /reports/accreditation/{form}). Query: from, to (days, both included; three years at most). Figures alone: no names, no ids,
-- small ones hidden from everybody. Refuses those who may take no file (core.export_check). Who sees figures and not the records of
-- the school gets whole academic years, one at a time: two periods that overlap, one less the other, would tell what each hides.
--
-- Who: sg_office, rights "cohort" and "export". Ground: figures. Locks: none.
create or replace function api.report_accreditation_paper(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_most constant int4 := 1100; -- days, as core.accreditation_document takes
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_school core.school;
  v_from date;
  v_to date;
begin
  perform core.args_known(p_args, '{form,from,to}');
  perform core.export_check(v_me);
  v_from := core.arg_day(p_args, 'from', true);
  v_to := core.arg_day(p_args, 'to', true);
  if v_to - v_from not between 0 and c_most then
    perform core.refuse(422, 'invalid', format('The period must be from 1 to %s days long.', c_most + 1), 'to');
  end if;
  if core.cohort_least(v_me) > 0
     and (to_char(v_from, 'MM-DD') <> '07-01' or v_to <> v_from + interval '1 year' - interval '1 day') then
    perform core.refuse(403, 'no_right', 'Your role sees one whole academic year at a time.', 'from',
                        'Ask from a 1 July to the 30 June after it.', '{"right": "records"}');
  end if;
  select s.* into strict v_school from core.school s where s.school_id = v_me.school_id;
  return core.reply(core.accreditation_document(v_school, v_from, v_to, v_me.now, core.setting(v_me.school_id, 'small_cell')::int4),
                    '{}', v_me.ground);
end
$$;
