-- How many of a school's students are in which state, by the estimates in force: {"at_risk","borderline","on_track","cannot_say"}.
create or replace function core.state_counts(p_school int4) returns jsonb
  language sql stable as $$
  select jsonb_object_agg(core.state_name(n::int2), coalesce(c.count, 0))
    from generate_series(1, 4) n
    left join (select a.state, count(*)
                 from core.assessment a
                 join core.student s on s.school_id = a.school_id and s.student_id = a.student_id
                where a.school_id = p_school and s.status <> 'inactive'
                group by a.state) c on c.state = n
$$;
