-- Takes official scores, as a maker reported them to the school: rows as core.import_scores reads them. A preview and its being
-- applied in one call; one form on one day of one student is one result, so the same file twice adds nothing and another score is a
-- correction.
--
-- Gives {"new","changed","unchanged","left_out": ["line 7, taken_on: is a day to come", …], "import_id", "reported": sittings
-- that students had reported too, "differing": those of them that say something else, "differences": ["line 3: the student reported
-- 62 (-3)", …]}.
--
-- For the operator's tool of the version before; see api.import_file.
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
  v_done jsonb;
begin
  perform core.import_rows_of(p_rows);
  v_done := core.import_by_operator(v_school, 'official_scores', p_source, '{}', p_past_brake, 0);
  return (v_done -> 'counts')
    || jsonb_build_object('left_out', (
         select coalesce(jsonb_agg(format('line %s, %s: %s', f.finding ->> 'line', f.finding ->> 'field', f.finding ->> 'reason')
                                   order by f.n), '[]')
           from jsonb_array_elements(v_done -> 'findings') with ordinality f(finding, n)));
end
$$;
