-- Writes what roster rows say (as core.roster_fields gives it) to students: known ones by their number, new ones where it is null.
-- The estimates of those whose track, days or standing became others are stale from then on. Gives the students written, in the
-- order given; null where somebody else made a student of that id meanwhile.
create or replace function core.roster_store(p_school int4, p_students int8[], p_external text[], p_fields jsonb[]) returns int8[]
  language plpgsql as $$
declare
  v_touched int8[];
  v_new text[];
  v_made int8[];
begin
  select array_agg(s.student_id) filter (where
           (w.fields ->> 'track', w.fields ->> 'dedicated_start', w.fields ->> 'deadline')
             is distinct from (core.roster_fields(s) ->> 'track', s.dedicated_day::text, s.deadline::text)
           or (s.status = 'inactive') <> (w.fields ->> 'status' = 'inactive'))
    into v_touched
    from unnest(p_students, p_fields) w(student_id, fields)
    join core.student s on s.school_id = p_school and s.student_id = w.student_id;

  update core.student s
     set given_name = w.fields ->> 'given_name', family_name = w.fields ->> 'family_name', email = w.fields ->> 'email',
         class_year = (w.fields ->> 'class_year')::int2, track = core.track_number(w.fields ->> 'track'),
         adviser_email = w.fields ->> 'adviser_email', dedicated_day = (w.fields ->> 'dedicated_start')::date,
         deadline = (w.fields ->> 'deadline')::date, status = w.fields ->> 'status', updated_at = now()
    from unnest(p_students, p_fields) w(student_id, fields)
   where s.school_id = p_school and s.student_id = w.student_id;

  with made as (
    insert into core.student (school_id, external_id, given_name, family_name, email, class_year, track, adviser_email,
                              dedicated_day, deadline, status)
    select p_school, w.external_id, w.fields ->> 'given_name', w.fields ->> 'family_name', w.fields ->> 'email',
           (w.fields ->> 'class_year')::int2, core.track_number(w.fields ->> 'track'), w.fields ->> 'adviser_email',
           (w.fields ->> 'dedicated_start')::date, (w.fields ->> 'deadline')::date, w.fields ->> 'status'
      from unnest(p_students, p_external, p_fields) w(student_id, external_id, fields)
     where w.student_id is null
     order by w.external_id
        on conflict (school_id, external_id) do nothing
    returning external_id, student_id
  )
  select array_agg(m.external_id), array_agg(m.student_id) into v_new, v_made from made m;
  insert into core.progress (school_id, student_id) select p_school, m from unnest(v_made) m;
  perform core.touch(p_school, v_touched);
  return (select array_agg(coalesce(w.student_id, m.student_id) order by w.n)
            from unnest(p_students, p_external) with ordinality w(student_id, external_id, n)
            left join unnest(v_new, v_made) m(external_id, student_id) on m.external_id = w.external_id);
end
$$;
