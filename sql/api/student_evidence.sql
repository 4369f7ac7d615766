-- The results that the estimates of these students rest on, packed for who reads a hundred thousand students: a row for each
-- student who has any, in order of student number.
--
--   results  the revisions of the student's results in no order, one after the other, numbers big-endian: id 16 bytes | taken_at 8,
--            microseconds since 2000 | score_centi 4, items 2, correct 2 | seconds 4, omitted 2, marks 2 | revision 4 | sub-scores,
--            5 each. All bits set: not reported. marks: number of sub-scores << 8 | scale << 4 | mode << 2 | repeat << 1 |
--            retracted
--   names    instrument and form of each, in the same order, each behind a line feed (which is in no name)
--
-- Which revision counts is left to who asks; what an official result overrules is not in it. As an array of rows for each student
-- (api.student_states) the same takes nearly three times as long, as a row for each result half as long again, and twice as long
-- for who receives it: most of that is handing on columns one by one. What no estimate looks at stays here.
--
-- Who: sg_report, sg_operator (assessing everybody). Ground: computing. Locks: none.
drop function if exists api.student_evidence(text, int8[]); -- its columns changed
create or replace function api.student_evidence(p_school_code text, p_students int8[])
  returns table (student_id int8, results bytea, names text)
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
  v_overruled constant bool := exists (select from core.result_overruled o
                                        where o.school_id = v_school.school_id and o.student_id = any (p_students));
begin
  return query
  select k.student_id, e.results, e.names
    from unnest(p_students) k(student_id)
   cross join lateral (
          select case when v_overruled then
                   (select array_agg(o.result_id) from core.result_overruled o
                     where o.school_id = v_school.school_id and o.student_id = k.student_id) end as ids
          offset 0) o
   cross join lateral (
          select string_agg(uuid_send(r.result_id) || timestamptz_send(r.taken_at)
                            || int8send((r.score_centi::int8 << 32) | ((coalesce(r.items, -1)::int8 & 65535) << 16)
                                        | (coalesce(r.correct, -1)::int8 & 65535))
                            || int8send((coalesce(r.seconds, -1)::int8 << 32) | ((coalesce(r.omitted, -1)::int8 & 65535) << 16)
                                        | ((coalesce(octet_length(r.subs), 0) / 5 << 8) | (r.scale << 4) | (r.mode << 2)
                                           | (r.repeat::int4 << 1) | r.retracted::int4)::int8)
                            || int4send(r.revision) || coalesce(r.subs, ''), '') as results,
                 string_agg(e'\n' || r.instrument || e'\n' || r.form, '') as names
            from core.result r
           where r.school_id::int8 = v_school.school_id and r.student_id = k.student_id -- the cast: see index result_by_student
             and (o.ids is null or r.result_id <> all (o.ids))) e
   where e.results is not null
   order by k.student_id;
end
$$;
