-- Where the classes are strong and weak: for each system and each discipline of the outline, and each class, what was right of the
-- items answered, the estimate, and how many students are weak there. GET /api/v1/cohort/areas
--   class_year  one, or several with a comma; track
--
-- What a cell can be: reports count an item once for its system and once for its discipline and never say both of one item
-- (core.result keeps them so; the question details of NBME INSIGHTS are counted into the same areas when they come in). So there is
-- no cell of a discipline crossed with a system, and none is made up from the two margins; the map is areas by class, and "crossed"
-- says why.
--
--   percent    of the items of the last months, repeats left out, all students together: what was observed
--   estimate   mean over the students of readiness plus the area's difference, each shrunk by the few items it rests on (EPC)
--   weak       students of whom the area is below the pass line with the probability of "weak_above"
--   shown      'hidden': fewer than least_items, no figures (as NBME does not report areas with fewer than 25);
--              'hatched': fewer students than small_cell, to be read with care; else 'plain'
--
-- For who may see figures and not records: only the cells of the whole school (core.cohort_whole), none of fewer than small_cell
-- students.
--
-- Who: sg_office, right "cohort". Ground: figures. Locks: none.
create or replace function api.cohort_areas(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_years int2[];
  v_track int2;
  v_least int4;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,format}');
  v_least := core.cohort_least(v_me);
  perform core.cohort_whole(v_least, p_args, '{class_year,track}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_body := core.cohort_areas_document(v_me, v_years, v_track, v_least)
            || jsonb_build_object('filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')));
  if core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv' then
    return core.reply_list(v_me, p_args, (select jsonb_agg(e || jsonb_build_object('as_of', v_body #> '{as_of,last}') order by n)
                                            from jsonb_array_elements(v_body -> 'cells') with ordinality x(e, n)), null, null, null,
                           '{axis,area,all,class_year,n,items,correct,percent,estimate,weak,shown,as_of}');
  end if;
  return core.reply(v_body, '{}', v_me.ground);
end
$$;
