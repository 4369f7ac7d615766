-- The results that the estimates of these students rest on, packed for who reads a hundred thousand students: a row for each
-- student who has any, in order of student number.
--
--   packed       the revisions of the student's results in no order, one after the other, numbers big-endian: id 16 bytes |
--                taken_at 8, microseconds since 2000 | items * 2^48 + correct * 2^32 + score_centi 8 | seconds * 2^32 +
--                omitted * 2^16 + marks 8 | revision 4, only where it is not 0 | sub-scores, 5 each. -1: not reported. marks:
--                number of sub-scores * 256 | revision is not 0 * 128 | scale * 16 | mode * 4 | repeat * 2 | retracted
--   instruments  the instrument of each, in the same order, parted by line feeds (which are in no name); forms: so is the form
--
-- Sums and not shifted bits, and few pieces joined: what is done four million times a night is told by the number of calls.
--
-- Which revision counts is left to who asks; what an official result overrules is not in it. As an array of rows for each student
-- (api.student_states) the same takes nearly three times as long, as a row for each result half as long again, and twice as long
-- for who receives it: most of that is handing on columns one by one. What no estimate looks at stays here.
--
-- Who: sg_report, sg_operator (assessing everybody). Ground: computing. Locks: none.
drop function if exists api.student_evidence(text, int8[]); -- its columns changed
create or replace function api.student_evidence(p_school_code text, p_students int8[])
  returns table (student_id int8, packed bytea, instruments text, forms text)
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
  select k.student_id, e.packed, e.instruments, e.forms
    from unnest(p_students) k(student_id)
   cross join lateral (
          select case when v_overruled then
                   (select array_agg(o.result_id) from core.result_overruled o
                     where o.school_id = v_school.school_id and o.student_id = k.student_id) end as ids
          offset 0) o
   cross join lateral (
          select string_agg(uuid_send(r.result_id) || timestamptz_send(r.taken_at)
                            || int8send(coalesce(r.items, -1) * 281474976710656 + coalesce(r.correct, -1) * 4294967296
                                        + r.score_centi)
                            || int8send(coalesce(r.seconds, -1) * 4294967296 + coalesce(r.omitted, -1) * 65536::int8
                                        + (coalesce(octet_length(r.subs), 0) / 5 * 256 + r.scale * 16 + r.mode * 4
                                           + case when r.repeat or r.retracted or r.revision <> 0 then -- seldom
                                               (r.revision <> 0)::int4 * 128 + r.repeat::int4 * 2 + r.retracted::int4
                                             else 0 end))
                            || case when r.revision = 0 then coalesce(r.subs, '')
                                    else int4send(r.revision) || coalesce(r.subs, '') end, '') as packed,
                 string_agg(r.instrument, e'\n') as instruments, string_agg(r.form, e'\n') as forms
            from core.result r
           where r.school_id::int8 = v_school.school_id and r.student_id = k.student_id -- the cast: see index result_by_student
             and (o.ids is null or r.result_id <> all (o.ids))) e
   where e.packed is not null
   order by k.student_id;
end
$$;
