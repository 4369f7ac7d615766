-- A file that the operator's tool brings, previewed and applied (core.import_at_once), with a line on the trail. Gives {"counts",
-- "findings", "stops", "rows"}: the counts of its kind; what the database found wrong with it, at most a thousand; what stood
-- against it, and was passed; the first p_rows rows of what it changed, field by field.
create or replace function core.import_by_operator(p_school core.school, p_kind text, p_source text, p_more jsonb,
                                                   p_past_brake text, p_rows int4) returns jsonb
  language plpgsql as $$
declare
  c_findings constant int4 := 1000;
  v_done record;
  v_id int8;
  v_told constant int4 := jsonb_array_length(coalesce(p_more -> 'findings', '[]'));
  v_counts jsonb;
  v_result jsonb;
begin
  select * into v_done from core.import_at_once(p_school, p_kind, p_source, p_more, p_past_brake);
  v_id := (v_done.import).import_id;
  v_counts := (v_done.import).result;
  v_result := jsonb_build_object('import_id', v_id, 'new', v_counts -> 'new', 'changed', v_counts -> 'changed',
                                 'unchanged', v_counts -> 'unchanged')
    || case when coalesce(v_counts ->> 'kept', '0') = '0' then '{}' else jsonb_build_object('kept', v_counts -> 'kept') end
    || case p_kind
         when 'roster' then jsonb_build_object('changed', (v_counts ->> 'changed')::int4 + (v_counts ->> 'leaving')::int4,
                                               'reactivated', v_counts -> 'reactivated')
           || case when v_counts ->> 'demographics' > '0'
                   then jsonb_build_object('demographics', v_counts -> 'demographics') else '{}' end
         when 'plans' then jsonb_build_object('unknown_students', v_counts -> 'unknown_students')
         when 'official_scores' then jsonb_build_object('reported', v_counts #> '{reported,n}',
           'differing', v_counts #> '{reported,differ}', 'differences', v_counts #> '{reported,lines}')
         else '{}' end;
  perform core.note(p_school.school_id, case p_kind when 'official_scores' then 'scores' else p_kind end || '_import',
                    v_done.students, v_result - 'differences' || jsonb_build_object('source', p_source));
  return jsonb_build_object(
    'counts', v_result, 'absent', v_counts -> 'absent', 'on_roster', v_counts -> 'on_roster', 'leaving', v_counts -> 'leaving',
    'refused', (v_done.import).refused,
    'stops', v_done.stops,
    'findings', (select coalesce(jsonb_agg(jsonb_build_object('line', f.line, 'field', f.field, 'reason', f.reason,
                                                              'remedy', f.remedy) order by f.line, f.n), '[]')
                   from (select * from ops.import_finding x
                          where x.school_id = p_school.school_id and x.import_id = v_id and x.n > v_told and not x.warning
                          order by x.line, x.n limit c_findings) f),
    'rows', (select coalesce(jsonb_agg(core.import_row_json(r, true, true) order by r.n), '[]')
               from (select * from ops.import_row x
                      where x.school_id = p_school.school_id and x.import_id = v_id order by x.n limit p_rows) r));
end
$$;
