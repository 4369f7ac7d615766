-- Works out anew which of these students' own results an official one overrules (core.result_overruled): of the same instrument and
-- the same sitting (core.same_sitting), both standing, that is in their highest revision and not retracted. It depends on what
-- there is and not on what came first. Of several official ones the nearest in days, then by form, then the first id; a student who
-- reported a sitting twice has both overruled.
--
-- Called in the transaction that brought the results, which holds the students' progress rows and has raised their versions.
create or replace function core.overruled_follow(p_schools int4[], p_students int8[]) returns void
  language sql as $$
  with standing as materialized (
    select r.*, (r.taken_at at time zone s.zone)::date as day
      from unnest(p_schools, p_students) k(school_id, student_id)
      join core.school s on s.school_id = k.school_id
     cross join lateral (
            select distinct on (x.result_id) x.school_id, x.student_id, x.result_id, x.device_id = 0 as official, x.instrument,
                   x.form, x.taken_at, x.scale, x.score_centi, x.retracted
              from core.result x
             where x.school_id::int8 = k.school_id and x.student_id = k.student_id -- the cast: see index result_by_student
             order by x.result_id, x.revision desc) r
     where not r.retracted
  ), wanted as materialized (
    select distinct on (m.school_id, m.student_id, m.result_id) m.school_id, m.student_id, m.result_id,
           o.result_id as by_result_id, case when m.scale = o.scale then m.score_centi - o.score_centi end as difference_centi
      from standing m
      join standing o on o.school_id = m.school_id and o.student_id = m.student_id and o.instrument = m.instrument and o.official
     where not m.official and core.same_sitting(m.instrument, m.form, o.form, abs(m.day - o.day))
     order by m.school_id, m.student_id, m.result_id, abs(m.day - o.day), core.form_key(m.form) <> core.form_key(o.form),
              o.result_id
  ), gone as (
    delete from core.result_overruled g
     where (g.school_id, g.student_id) in (select * from unnest(p_schools, p_students))
       and (g.school_id, g.student_id, g.result_id) not in (select w.school_id, w.student_id, w.result_id from wanted w)
  )
  insert into core.result_overruled as g (school_id, student_id, result_id, by_result_id, difference_centi)
  select w.school_id, w.student_id, w.result_id, w.by_result_id, w.difference_centi from wanted w
      on conflict (school_id, student_id, result_id) do update
     set (by_result_id, difference_centi) = (excluded.by_result_id, excluded.difference_centi)
   where (g.by_result_id, g.difference_centi) is distinct from (excluded.by_result_id, excluded.difference_centi)
$$;
