-- The first few of these students as answers name them, those in sight; for lists where one row may concern a whole class.
create or replace function core.students_json(p_school int4, p_students int8[], p_most int4 default 5) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(core.student_ref(s) order by i.n), '[]')
    from unnest(p_students[:p_most]) with ordinality i(id, n)
    join core.student s on s.school_id = p_school and s.student_id = i.id
$$;
