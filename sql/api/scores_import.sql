-- Takes official scores, as a maker reported them to the school: rows as core.import_scores reads them. A preview and its being
-- applied in one call; one form on one day of one student is one result, so the same file twice adds nothing and another score is a
-- correction.
--
-- Gives {"new","changed","unchanged","left_out": ["line 7, taken_on: is a day to come", …], "import_id", "reported": sittings
-- that students had reported too, "differing": those of them that say something else, "differences": ["line 3: the student reported
-- 62 (-3)", …]}.
--
-- Who: sg_operator. Ground: running the service. Refused (SG409): the brake. Audited. Locks: core.import_lock; the progress rows of
-- those it touches, in key order.
create or replace function api.scores_import(p_school_code text, p_source text, p_rows jsonb, p_past_brake text default null)
  returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_done record;
  v_result jsonb;
begin
  select * into v_done from core.import_at_once(v_school, 'official_scores', p_source, p_rows, p_past_brake);
  v_result := jsonb_build_object(
    'new', v_done.counts -> 'new', 'changed', v_done.counts -> 'changed', 'unchanged', v_done.counts -> 'unchanged',
    'left_out', (select coalesce(jsonb_agg(format('line %s, %s: %s', f.line, f.field, f.reason) order by f.line, f.n), '[]')
                   from ops.import_finding f
                  where f.school_id = v_school.school_id and f.import_id = v_done.import_id and not f.warning),
    'import_id', v_done.import_id, 'reported', v_done.counts #> '{reported,n}', 'differing', v_done.counts #> '{reported,differ}',
    'differences', v_done.counts #> '{reported,lines}');
  perform core.note(v_school.school_id, 'scores_import', v_done.students,
                    v_result - '{left_out,differences}'::text[] || jsonb_build_object('source', p_source));
  return v_result;
end
$$;
