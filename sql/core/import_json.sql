-- An import as the office sees it; no student is in it. "reported" is what students had reported of the official scores in it
-- (core.import_scores_reported): only for who may read records, p_reads, and only where who brought it might.
drop function if exists core.import_json(ops.import); -- it did not know who reads
create or replace function core.import_json(p_import ops.import, p_reads bool) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'import_id', p_import.import_id, 'kind', p_import.kind, 'file_name', p_import.source, 'state', p_import.state,
    'revision', p_import.revision, 'mode', p_import.mode, 'absent', p_import.absent,
    'header', p_import.header, 'ignored', p_import.ignored,
    'counts', (select jsonb_object_agg(k.key, coalesce((p_import.result ->> k.key)::int4, 0))
                 from unnest('{new,changed,unchanged,leaving,kept,absent,reactivated}'::text[]) k(key))
              || jsonb_build_object('rows', p_import.rows, 'refused', p_import.refused),
    'reported', case when p_reads then (p_import.result -> 'reported') - 'lines' end,
    'on_roster', (p_import.result ->> 'on_roster')::int4,
    'brake', jsonb_build_object(
      'percent', core.setting(p_import.school_id, 'import_brake_percent')::int4,
      'most', core.import_most(p_import.school_id, coalesce((p_import.result ->> 'on_roster')::int8, 0))),
    'stops', case when p_import.state = 'previewed' then core.import_stops(p_import) else '[]' end,
    'can_undo', core.import_undoable(p_import),
    'previewed', jsonb_build_object('at', p_import.imported_at, 'by', core.staff_ref(p_import.school_id, p_import.staff_id)),
    'applied', case when p_import.state in ('applied', 'undone') then
      jsonb_build_object('at', coalesce(p_import.applied_at, p_import.imported_at),
                         'by', core.staff_ref(p_import.school_id, p_import.applied_by), 'past_brake', p_import.past_brake) end,
    'undone', case when p_import.state = 'undone' then
      jsonb_build_object('at', p_import.undone_at, 'by', core.staff_ref(p_import.school_id, p_import.undone_by),
                         'restored', (p_import.undo ->> 'restored')::int4, 'partly', (p_import.undo ->> 'partly')::int4,
                         'kept', (p_import.undo ->> 'kept')::int4) end,
    'same_as', (select i.import_id from ops.import i
                 where i.school_id = p_import.school_id and i.kind = p_import.kind and i.sha256 = p_import.sha256
                   and i.import_id < p_import.import_id and i.state = 'applied'
                   and (i.kind = 'roster' or i.staff_id is not distinct from p_import.staff_id) -- else results could be guessed
                 order by i.import_id desc limit 1))
$$;
