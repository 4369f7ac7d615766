-- Keeps the courses of classes that are not kept, or rest on something else by now (core.course_kept): all of them, or at most
-- p_most, those of all tracks together first. Gives how many. All students must be in scope. Mark and course come from one look, so
-- that they belong together.
--
-- Locks: the rows it writes.
create or replace function core.courses_keep(p_school int4, p_most int4 default null) returns int4
  language plpgsql as $$
declare
  v record;
  v_done int4 := 0;
begin
  for v in
    select b.counted, w.weeks, t.track, nullif(t.track, -1::int2) as only, m.class_year
      from unnest('{exam,dedicated}'::text[]) b(counted)
     cross join unnest('{-1,0,1,2}'::int2[]) t(track)
     cross join lateral (select core.course_weeks(b.counted) as weeks) w
     cross join lateral core.course_marks(p_school, b.counted, null, nullif(t.track, -1::int2), w.weeks[1], w.weeks[2]) m
     where not exists (select from core.course_kept k
                        where k.school_id = p_school and k.counted = b.counted and k.track = t.track
                          and k.class_year = m.class_year and k.mark = m.mark)
     order by t.track, b.counted, m.class_year
     limit p_most
  loop
    insert into core.course_kept as k (school_id, counted, track, class_year, mark, weeks, n, at_risk, q1, median, q3)
    select p_school, v.counted, v.track, m.class_year, m.mark,
           coalesce(array_agg(c.week order by c.week) filter (where c.n > 0), '{}'),
           coalesce(array_agg(c.n order by c.week) filter (where c.n > 0), '{}'),
           coalesce(array_agg(c.at_risk order by c.week) filter (where c.n > 0), '{}'),
           coalesce(array_agg(c.quartiles[1] order by c.week) filter (where c.n > 0), '{}'),
           coalesce(array_agg(c.quartiles[2] order by c.week) filter (where c.n > 0), '{}'),
           coalesce(array_agg(c.quartiles[3] order by c.week) filter (where c.n > 0), '{}')
      from core.course_marks(p_school, v.counted, array[v.class_year], v.only, v.weeks[1], v.weeks[2]) m
      left join core.class_courses(p_school, v.counted, array[v.class_year], v.only, v.weeks[1], v.weeks[2]) c on true
     group by m.class_year, m.mark
        on conflict (school_id, counted, track, class_year) do update
       set (mark, weeks, n, at_risk, q1, median, q3)
         = (excluded.mark, excluded.weeks, excluded.n, excluded.at_risk, excluded.q1, excluded.median, excluded.q3);
    v_done := v_done + 1;
  end loop;
  return v_done;
end
$$;
