-- Brings the roster up to date from a file: rows [{"student_id", "given_name", "family_name", "email", "class_year", "track",
-- "adviser_email", "dedicated_start", "deadline", "status"}]. One transaction: all or nothing.
--
-- A key that is absent (the file has no such column) leaves what is stored; an empty value clears it. A student who is not in the
-- file is left alone: missing is never gone. status is active, leave or inactive; empty or absent means active for a new student
-- and brings nobody back who is inactive.
--
-- Gives {"import_id","new","changed","unchanged","reactivated"}: the first three add up to the rows; who came back from inactive is
-- among the changed.
--
-- Who: sg_operator. Ground: running the service. Refused (22023): an id twice, an unknown track or status. Audited. Locks: the
-- changed students' rows, in order of id; then the progress rows of those whose estimate it touches.
create or replace function api.roster_import(p_school_code text, p_source text, p_rows jsonb) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_bad text;
  v_new int8[];
  v_changed int8[];
  v_touched int8[];
  v_reactivated int4;
  v_result jsonb;
  v_import int8;
begin
  select format('row %s: %s', r.n, case
           when coalesce(r.row ->> 'student_id', '') = '' then 'student_id is missing'
           when r.copy > 1 then format('student_id "%s" stands twice', r.row ->> 'student_id')
           when core.track_number(nullif(r.row ->> 'track', '')) is null and nullif(r.row ->> 'track', '') is not null
             then format('unknown track "%s"', r.row ->> 'track')
           when nullif(r.row ->> 'status', '') not in ('active', 'leave', 'inactive')
             then format('unknown status "%s"', r.row ->> 'status')
         end)
    into v_bad
    from (select x.row, x.n, row_number() over (partition by x.row ->> 'student_id' order by x.n) as copy
            from jsonb_array_elements(p_rows) with ordinality x(row, n)) r
   where coalesce(r.row ->> 'student_id', '') = '' or r.copy > 1
      or (core.track_number(nullif(r.row ->> 'track', '')) is null and nullif(r.row ->> 'track', '') is not null)
      or nullif(r.row ->> 'status', '') not in ('active', 'leave', 'inactive')
   order by r.n
   limit 1;
  if v_bad is not null then
    raise exception '%', v_bad using errcode = 'invalid_parameter_value';
  end if;

  -- What each row asks for, beside what is stored.
  with wanted as materialized (
    select s.student_id, s.status as old_status,
           (s.given_name, s.family_name, s.email, s.class_year, s.track, s.adviser_email, s.dedicated_day, s.deadline, s.status)
             as old,
           (s.track, s.dedicated_day, s.deadline) as old_basis,
           x.row ->> 'student_id' as external_id,
           case when x.row ? 'given_name' then coalesce(x.row ->> 'given_name', '') else coalesce(s.given_name, '') end
             as given_name,
           case when x.row ? 'family_name' then coalesce(x.row ->> 'family_name', '') else coalesce(s.family_name, '') end
             as family_name,
           case when x.row ? 'email' then coalesce(x.row ->> 'email', '') else coalesce(s.email, '') end as email,
           case when x.row ? 'class_year' then nullif(x.row ->> 'class_year', '')::int2 else s.class_year end as class_year,
           coalesce(core.track_number(nullif(x.row ->> 'track', '')), s.track, 0::int2) as track,
           case when x.row ? 'adviser_email' then coalesce(x.row ->> 'adviser_email', '') else coalesce(s.adviser_email, '') end
             as adviser_email,
           case when x.row ? 'dedicated_start' then nullif(x.row ->> 'dedicated_start', '')::date else s.dedicated_day end
             as dedicated_day,
           case when x.row ? 'deadline' then nullif(x.row ->> 'deadline', '')::date else s.deadline end as deadline,
           coalesce(nullif(x.row ->> 'status', ''), s.status, 'active') as status
      from jsonb_array_elements(p_rows) x(row)
      left join core.student s on s.school_id = v_school.school_id and s.external_id = x.row ->> 'student_id'
  ), written as (
    insert into core.student as t (school_id, external_id, given_name, family_name, email, class_year, track, adviser_email,
                                   dedicated_day, deadline, status)
    select v_school.school_id, w.external_id, w.given_name, w.family_name, w.email, w.class_year, w.track, w.adviser_email,
           w.dedicated_day, w.deadline, w.status
      from wanted w
     where w.student_id is null
        or (w.given_name, w.family_name, w.email, w.class_year, w.track, w.adviser_email, w.dedicated_day, w.deadline, w.status)
           is distinct from w.old
     order by w.external_id
        on conflict (school_id, external_id) do update
       set (given_name, family_name, email, class_year, track, adviser_email, dedicated_day, deadline, status, updated_at)
         = (excluded.given_name, excluded.family_name, excluded.email, excluded.class_year, excluded.track, excluded.adviser_email,
            excluded.dedicated_day, excluded.deadline, excluded.status, now())
    returning t.student_id, t.external_id
  )
  select array_agg(r.student_id) filter (where w.student_id is null),
         array_agg(r.student_id) filter (where w.student_id is not null),
         array_agg(r.student_id) filter (where w.student_id is not null
                                           and ((w.track, w.dedicated_day, w.deadline) is distinct from w.old_basis
                                                or w.old_status = 'inactive')),
         count(*) filter (where w.old_status = 'inactive' and w.status <> 'inactive')
    into v_new, v_changed, v_touched, v_reactivated
    from written r
    join wanted w on w.external_id = r.external_id;

  insert into core.progress (school_id, student_id)
  select v_school.school_id, n from unnest(v_new) n;
  perform core.touch(v_school.school_id, v_touched);

  v_result := jsonb_build_object('new', coalesce(cardinality(v_new), 0), 'changed', coalesce(cardinality(v_changed), 0),
    'unchanged', jsonb_array_length(p_rows) - coalesce(cardinality(v_new), 0) - coalesce(cardinality(v_changed), 0),
    'reactivated', v_reactivated);
  insert into ops.import (school_id, kind, source, rows, result)
  values (v_school.school_id, 'roster', p_source, jsonb_array_length(p_rows), v_result)
  returning import_id into v_import;
  v_result := v_result || jsonb_build_object('import_id', v_import);
  perform core.note(v_school.school_id, 'roster_import', v_new || v_changed, v_result || jsonb_build_object('source', p_source));
  return v_result;
end
$$;
