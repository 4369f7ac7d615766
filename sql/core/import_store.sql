-- Keeps a file as a preview: what it would change, row by row, what is wrong with it, and the counts. Its good rows were put into
-- pg_temp.import_line (core.import_feed); p_more: {"header", "ignored", "findings", "read", "refused", "sha256"}, each of them
-- optional. p_blind: who brings it may not see records; results that are there already are left as they are, and nothing in the
-- answer says whether the file has the same. Locks: core.import_lock.
drop function if exists core.import_store(core.school, text, text, jsonb, text, text, jsonb, int8, bool);
create or replace function core.import_store(p_school core.school, p_kind text, p_source text,
                                             p_mode text default 'lenient', p_absent text default 'keep',
                                             p_more jsonb default '{}', p_staff int8 default null, p_blind bool default false)
  returns ops.import
  language plpgsql as $$
declare
  v_told constant int4 := jsonb_array_length(coalesce(p_more -> 'findings', '[]'));
  v_refused constant int4 := coalesce((p_more ->> 'refused')::int4, 0);
  v_import ops.import;
  v_counts jsonb;
begin
  perform core.import_lock(p_school.school_id);
  perform core.import_sweep(p_school.school_id, core.now());
  perform core.import_table();
  insert into ops.import (school_id, kind, source, rows, imported_at, result, state, mode, absent, sha256, header, ignored, refused,
                          staff_id)
  values (p_school.school_id, p_kind, p_source,
          coalesce((p_more ->> 'read')::int4, (select count(*) from pg_temp.import_line)), core.now(), '{}', 'previewed', p_mode,
          p_absent, decode(p_more ->> 'sha256', 'hex'), coalesce(p_more -> 'header', '[]'), coalesce(p_more -> 'ignored', '[]'),
          v_refused, p_staff)
  returning * into v_import;
  insert into ops.import_finding (school_id, import_id, n, line, field, reason, remedy, warning)
  select v_import.school_id, v_import.import_id, f.n, (f.finding ->> 'line')::int4, coalesce(f.finding ->> 'field', ''),
         f.finding ->> 'reason', coalesce(f.finding ->> 'remedy', ''), (f.finding ->> 'warning')::bool
    from jsonb_array_elements(coalesce(p_more -> 'findings', '[]')) with ordinality f(finding, n);
  perform core.import_repeated(v_import);
  v_import := core.import_refused(v_import, v_refused, v_told);
  analyze pg_temp.import_line;
  v_counts := case p_kind
    when 'roster' then core.import_roster(v_import)
    when 'plans' then core.import_plans(v_import, p_blind)
    when 'official_scores' then core.import_scores(v_import, p_blind)
    when 'advisers' then core.import_advisers(v_import)
  end;
  update ops.import i set result = v_counts where i.school_id = v_import.school_id and i.import_id = v_import.import_id;
  return core.import_refused(v_import, v_refused, v_told);
end
$$;
