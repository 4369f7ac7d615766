-- The results that the estimates of these students rest on, in the shape that costs least to send: a row for each revision, in no
-- order, with the columns that the engine looks at. Which revision counts is left to who asks, as is putting each student's
-- together: as an array of rows for each student (api.student_states) the same took three times as long.
--
-- Who: sg_report, sg_operator (assessing everybody). Ground: computing. Locks: none.
create or replace function api.student_evidence(p_school_code text, p_students int8[])
  returns table (student_id int8, result_id uuid, revision int4, retracted bool, instrument text, form text, taken_at timestamptz,
                 scale int2, score_centi int4, mode int2, repeat bool, items int2, correct int2, omitted int2, seconds int4,
                 subs bytea)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set work_mem = '64MB' -- what is returned is gathered first: not on the disk
as $$
#variable_conflict use_column
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return query
  select r.student_id, r.result_id, r.revision, r.retracted, r.instrument, r.form, r.taken_at, r.scale, r.score_centi, r.mode,
         r.repeat, r.items, r.correct, r.omitted, r.seconds, r.subs
    from core.result r
   where r.school_id::int8 = v_school.school_id and r.student_id = any (p_students); -- the cast: see index result_by_student
end
$$;
