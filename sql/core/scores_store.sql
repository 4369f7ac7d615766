-- Stores official results of an import, those of pg_temp.import_write: fields as core.score_fields gives them, "retract" in done to
-- take one back. Ids of new ones have their time in front, as all do, and chance behind: an id that could be computed could be
-- taken by somebody's device first; they are put into done. That the same file twice stores nothing is seen to by the look before
-- (core.import_scores), under core.import_lock. The estimates of these students are stale from then on, and what they reported of
-- the same sittings counts no more, or again. Gives the students.
drop function if exists core.scores_store(int4, int8[], jsonb[], jsonb[]);
create or replace function core.scores_store(p_school int4) returns int8[]
  language plpgsql set work_mem = '64MB' as $$
declare
  v_students constant int8[] := array(select distinct w.student_id from pg_temp.import_write w);
begin
  update pg_temp.import_write w
     set done = w.done || jsonb_build_object('result_id',
           (lpad(to_hex((extract(epoch from (w.done ->> 'taken_at')::timestamptz) * 1000)::int8), 12, '0')
            || '8' || substr(encode(uuid_send(gen_random_uuid()), 'hex'), 14))::uuid)
   where w.done ->> 'result_id' is null;
  insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode,
                           retracted, repeat, instrument, form)
  select p_school, w.student_id, 0, (w.done ->> 'result_id')::uuid, clock_timestamp(), (w.done ->> 'taken_at')::timestamptz,
         (w.done ->> 'revision')::int4, ((w.fields ->> 'score')::numeric * 100)::int4,
         array_position('{epc,percent,three_digit,nbme800,cbse_old}'::text[], w.fields ->> 'scale'),
         1, coalesce((w.done ->> 'retract')::bool, false), false, w.done ->> 'instrument', w.done ->> 'form'
    from pg_temp.import_write w
   order by (w.done ->> 'result_id')::uuid;
  perform core.touch(p_school, v_students);
  update core.progress p set official = true
   where p.school_id = p_school and p.student_id = any (v_students) and not p.official;
  perform core.overruled_follow(array_fill(p_school, array[cardinality(v_students)]), v_students)
    where v_students <> '{}';
  return v_students;
end
$$;
