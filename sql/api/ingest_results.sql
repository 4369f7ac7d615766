-- Stores practice results: all uploads that arrived in one turn of the daemon's loop, as one call and one commit. For each
-- upload, in order: a verdict, a byte per row (1 stored, 2 identical, 3 conflict), and all that the student's estimate rests on.
--
-- Who: sg_student. Ground: the student's own certificate, judged again here for each upload (a connection may be older than a
-- revocation); a verdict other than 0 stores nothing of that upload and tells nothing.
--
-- The same row twice is stored once (identical). Other content under the same id and revision, or an id that belongs to another
-- student of the school, is a conflict, and says no more than that. For revision 0 the key itself sees to the latter; only a
-- correction is looked up, which is rare. (Who guessed an id of which only corrections have arrived could store under it: it has
-- 74 bits that nobody else knows, and reads see the student's own rows alone.) What the office itself loaded (device 0) no device
-- corrects.
--
-- Set-based throughout: a row costs an unnest, one probe and one insert. Each statement must stay linear whatever the planner
-- believes about the length of an array, hence the scalar subqueries (always a probe) where a join would read better. Generic
-- plans, because planning anew costs more than running; no sequential scans, because a plan made while a table was empty would be
-- kept while it fills.
--
-- Locks: the students' progress rows in order of their key, then result rows in order of theirs. Two workers that store the same
-- rows in opposite order deadlocked every time before they were sorted. The students come first, so that two devices of one student
-- take turns: the time that marks what a call stored is read after that, and no two calls for a student can share it.
create or replace function api.ingest_results(p_uploads api.upload_row[], p_rows api.result_row[])
  returns table (upload int4, verdict int2, statuses bytea, state api.student_state)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  -- What this call stores bears this time, which tells its rows from those that were there.
  v_now timestamptz;
  -- The upload path itself is about to make the estimate; the janitor keeps off for this long.
  v_hold constant interval := interval '5 s';
  -- One element for each upload; student 0 where nothing is to be stored.
  v_verdicts int2[];
  v_counts int4[];
  v_firsts int4[]; -- rows before it
  v_schools int4[];
  v_students int8[];
  v_devices int8[];
  v_upload_of int4[]; -- for each row: which upload, from 1
  v_wanted int4;
  v_stored int4;
  v_statuses bytea;
  v_official_schools int4[]; -- of those who sent something and have official results
  v_official_students int8[];
begin
  perform core.enter((select array_agg(distinct u.school_id) from unnest(p_uploads) u));

  select array_agg(v.verdict order by v.upload) into v_verdicts from core.verdicts(p_uploads) v;

  select array_agg(u.rows), array_agg(u.first), array_agg(u.school_id),
         array_agg(case when v_verdicts[u.n] = 0 then u.student_id else 0 end), array_agg(u.device_id),
         coalesce(sum(u.rows) filter (where v_verdicts[u.n] = 0), 0)
    into v_counts, v_firsts, v_schools, v_students, v_devices, v_wanted
    from (select x.*, sum(x.rows) over (order by x.n) - x.rows as first
            from unnest(p_uploads) with ordinality x(school_id, student_id, device_id, serial, rows, n)
           order by x.n) u;
  select array_agg(u.n) into v_upload_of
    from (select c.n from unnest(v_counts) with ordinality c(rows, n), generate_series(1, c.rows) order by c.n) u;
  if coalesce(cardinality(v_upload_of), 0) <> cardinality(p_rows) then
    raise exception 'uploads and rows do not match' using errcode = 'invalid_parameter_value';
  end if;

  perform from core.progress p
    where (p.school_id, p.student_id) in (select s.school_id, s.student_id
                                            from unnest(v_schools, v_students) s(school_id, student_id))
    order by p.school_id, p.student_id
      for no key update;
  v_now := clock_timestamp();

  insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, seconds,
                           seconds_allowed, scale, mode, items, correct, omitted, printed_p_pass_bp, retracted, repeat, instrument,
                           form, subs)
  select v_schools[r.u], v_students[r.u], v_devices[r.u], r.result_id, v_now, r.taken_at, r.revision, r.score_centi, r.seconds,
         r.seconds_allowed, r.scale, r.mode, r.items, r.correct, r.omitted, r.printed_p_pass_bp, r.retracted, r.repeat,
         r.instrument, r.form, r.subs
    from rows from (unnest(p_rows), unnest(v_upload_of))
           with ordinality as r(result_id, revision, retracted, instrument, form, taken_at, scale, score_centi, mode, repeat, items,
                                correct, omitted, seconds, seconds_allowed, printed_p_pass_bp, subs, u, n)
   where v_students[r.u] <> 0
     and (r.revision = 0
          or v_students[r.u] = coalesce((select case when o.device_id = 0 then 0 else o.student_id end from core.result o
                                          where o.school_id = v_schools[r.u] and o.result_id = r.result_id limit 1),
                                        v_students[r.u]))
   order by v_schools[r.u], r.result_id, r.revision, r.n
      on conflict do nothing;
  get diagnostics v_stored = row_count;

  if v_stored < v_wanted then -- something was there already: look at each row
    select string_agg(set_byte('\x00', 0, coalesce(
             (select case
                       when o.student_id <> v_students[r.u]
                         or (o.retracted, o.instrument, o.form, o.taken_at, o.scale, o.score_centi, o.mode, o.repeat, o.items,
                             o.correct, o.omitted, o.seconds, o.seconds_allowed, o.printed_p_pass_bp, o.subs)
                            is distinct from
                            (r.retracted, r.instrument, r.form, r.taken_at, r.scale, r.score_centi, r.mode, r.repeat, r.items,
                             r.correct, r.omitted, r.seconds, r.seconds_allowed, r.printed_p_pass_bp, r.subs) then 3
                       when o.received_at = v_now and o.device_id = v_devices[r.u] and r.copy = 1 then 1
                       else 2
                     end
                from core.result o
               where o.school_id = v_schools[r.u] and o.result_id = r.result_id and o.revision = r.revision), 3)), '' order by r.n)
      into v_statuses
      from (select x.*, row_number() over (partition by v_schools[x.u], x.result_id, x.revision order by x.n) as copy
              from rows from (unnest(p_rows), unnest(v_upload_of))
                     with ordinality as x(result_id, revision, retracted, instrument, form, taken_at, scale, score_centi, mode,
                                          repeat, items, correct, omitted, seconds, seconds_allowed, printed_p_pass_bp, subs, u,
                                          n)) r;
  end if;

  with marked as (
    update core.progress p
       set last_sync_at = now(),
           version = p.version + l.changed::int,
           changed_at = case when l.changed then now() else p.changed_at end,
           lease_until = case when l.changed then now() + v_hold else p.lease_until end
      from (select s.school_id, s.student_id,
                   v_stored = v_wanted -- everything was new, as nearly always: nobody's history need be gone through
                     or exists (select from core.result r
                                 where r.school_id::int8 = s.school_id and r.student_id = s.student_id
                                   and r.received_at = v_now) as changed
              from (select distinct x.school_id, x.student_id from unnest(v_schools, v_students) x(school_id, student_id)) s) l
     where p.school_id = l.school_id and p.student_id = l.student_id
    returning p.school_id, p.student_id, l.changed and p.official as official
  )
  select array_agg(m.school_id), array_agg(m.student_id) into v_official_schools, v_official_students
    from marked m where m.official;
  if v_official_students is not null then
    perform core.overruled_follow(v_official_schools, v_official_students);
  end if;

  return query
  select (st.n - 1)::int4, v_verdicts[st.n],
         case
           when v_verdicts[st.n] <> 0 then null
           when v_statuses is null then decode(repeat('01', v_counts[st.n]), 'hex')
           else substr(v_statuses, v_firsts[st.n] + 1, v_counts[st.n])
         end,
         st.state
    from core.student_states(v_schools, v_students) st
   order by st.n;
end
$$;
