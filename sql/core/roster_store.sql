-- Writes what pg_temp.import_write says (fields: as core.roster_fields gives it) to students: known ones by their number, new ones
-- where it is null, which is put there. The estimates of those whose track, days or standing became others are stale from then on.
-- Gives the students written, a null among them where somebody else made a student of that id meanwhile.
drop function if exists core.roster_store(int4, int8[], text[], jsonb[]);
create or replace function core.roster_store(p_school int4) returns int8[]
  language plpgsql set work_mem = '64MB' as $$
declare
  v_touched int8[];
begin
  select array_agg(s.student_id) filter (where
           (w.fields ->> 'track', w.fields ->> 'dedicated_start', w.fields ->> 'deadline')
             is distinct from (('{us_md,us_do,non_us}'::text[])[s.track + 1], s.dedicated_day::text, s.deadline::text)
           or (s.status = 'inactive') <> (w.fields ->> 'status' = 'inactive'))
    into v_touched
    from pg_temp.import_write w
    join core.student s on s.school_id = p_school and s.student_id = w.student_id;

  update core.student s
     set given_name = w.fields ->> 'given_name', family_name = w.fields ->> 'family_name', email = w.fields ->> 'email',
         class_year = (w.fields ->> 'class_year')::int2, track = core.track_number(w.fields ->> 'track'),
         adviser_email = w.fields ->> 'adviser_email', dedicated_day = (w.fields ->> 'dedicated_start')::date,
         deadline = (w.fields ->> 'deadline')::date, status = w.fields ->> 'status', updated_at = now()
    from pg_temp.import_write w
   where s.school_id = p_school and s.student_id = w.student_id;

  with made as (
    insert into core.student (school_id, external_id, given_name, family_name, email, class_year, track, adviser_email,
                              dedicated_day, deadline, status)
    select p_school, w.external_id, w.fields ->> 'given_name', w.fields ->> 'family_name', w.fields ->> 'email',
           (w.fields ->> 'class_year')::int2, core.track_number(w.fields ->> 'track'), w.fields ->> 'adviser_email',
           (w.fields ->> 'dedicated_start')::date, (w.fields ->> 'deadline')::date, w.fields ->> 'status'
      from pg_temp.import_write w
     where w.student_id is null
     order by w.external_id
        on conflict (school_id, external_id) do nothing
    returning external_id, student_id
  ), begun as (
    insert into core.progress (school_id, student_id) select p_school, m.student_id from made m
  )
  update pg_temp.import_write w set student_id = m.student_id from made m where w.external_id = m.external_id;
  perform core.touch(p_school, v_touched);
  return (select array_agg(w.student_id order by w.n) from pg_temp.import_write w);
end
$$;
