-- Keeps a file that somebody brings as a preview: what it would change, what is wrong with it, and what stands against applying it.
-- Nothing else is changed. Query: kind (core.import_kinds), file_name, mode (lenient takes the good rows, strict
-- nothing unless all are good), absent (keep; inactive: the file is the whole roster, and who is not in it leaves, up to the
-- brake). The body is the file as CSV; the daemon reads it (server/intake) and sends here {"columns", "rows" (core.import_feed),
-- "header", "ignored", "findings", "read", "refused", "sha256"}. Asked by the daemon for POST /api/v1/imports.
--
-- Who may not see records (operators) brings results that are new, and corrects those they brought themselves; what else is there
-- already is kept, and the answer does not depend on what it is.
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school. Locks: core.import_lock, so one file at a time for a
-- school.
create or replace function api.import_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_school core.school;
  v_import ops.import;
begin
  perform core.args_known(p_args, '{kind,file_name,mode,absent}', '{columns,rows,header,ignored,findings,read,refused,sha256}');
  select * into v_school from core.school s where s.school_id = v_me.school_id;
  perform core.import_rows_of(v_body -> 'rows', v_body -> 'columns');
  v_import := core.import_store(v_school, core.arg_choice(p_args, 'kind', core.import_kinds(), null),
    core.arg(p_args, 'file_name', true, 200), core.arg_choice(p_args, 'mode', '{strict,lenient}', 'lenient'),
    core.arg_choice(p_args, 'absent', '{keep,inactive}', 'keep'), v_body - 'rows', v_me.staff_id,
    not core.may(v_me, 'records'));
  perform core.import_drop('import_line');
  perform core.note_done(v_me, 'import_add', '{}', jsonb_build_object('import', v_import.import_id, 'kind', v_import.kind));
  return core.reply(core.import_json(v_import, core.may(v_me, 'records')), p_ground => v_me.ground, p_status => 201);
end
$$;
