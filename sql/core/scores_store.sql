-- Stores official results of an import, a row each: p_fields as core.score_fields gives them, "retract" in p_done to take one back.
-- Ids of new ones have their time in front, as all do, and chance behind: an id that could be computed could be taken by somebody's
-- device first. That the same file twice stores nothing is seen to by the look before (core.official_result), under
-- core.import_lock. The estimates of these students are stale from then on, and what they reported of the same sittings counts no
-- more, or again. Gives the ids.
create or replace function core.scores_store(p_school int4, p_students int8[], p_done jsonb[], p_fields jsonb[]) returns uuid[]
  language plpgsql as $$
declare
  v_ids uuid[];
begin
  v_ids := array(
    select coalesce((w.done ->> 'result_id')::uuid,
                    (lpad(to_hex((extract(epoch from (w.done ->> 'taken_at')::timestamptz) * 1000)::int8), 12, '0')
                     || '8' || substr(encode(uuid_send(gen_random_uuid()), 'hex'), 14))::uuid)
      from unnest(p_done) with ordinality w(done, n) order by w.n);
  insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode,
                           retracted, repeat, instrument, form)
  select p_school, w.student_id, 0, v_ids[w.n], clock_timestamp(), (w.done ->> 'taken_at')::timestamptz,
         (w.done ->> 'revision')::int4, ((w.fields ->> 'score')::numeric * 100)::int4,
         array_position('{epc,percent,three_digit,nbme800,cbse_old}'::text[], w.fields ->> 'scale'),
         1, coalesce((w.done ->> 'retract')::bool, false), false, w.done ->> 'instrument', w.done ->> 'form'
    from unnest(p_students, p_done, p_fields) with ordinality w(student_id, done, fields, n)
   order by v_ids[w.n];
  perform core.touch(p_school, p_students);
  update core.progress p set official = true
   where p.school_id = p_school and p.student_id = any (p_students) and not p.official;
  perform core.overruled_follow(array_fill(p_school, array[cardinality(d.students)]), d.students)
    from (select array_agg(distinct s) as students from unnest(p_students) s) d
   where d.students is not null;
  return v_ids;
end
$$;
