-- The results of one student that count: of each id the highest revision, and that only if it is not a retraction, nor overruled by
-- an official one (core.result_overruled). In order of id, which is order of time.
create or replace function core.current_results(p_school int4, p_student int8) returns setof core.result
  language sql stable as $$
  select r.*
    from (select distinct on (result_id) *
            from core.result
           where school_id::int8 = p_school and student_id = p_student -- the cast: see index result_by_student
             and result_id <> all (array(select o.result_id from core.result_overruled o -- asked once, and of nearly all nothing
                                          where o.school_id = p_school and o.student_id = p_student))
           order by result_id, revision desc) r
   where not r.retracted
$$;
