-- What a roster file would change (ops.import_row), and its counts: rows with student_id, given_name, family_name, email,
-- class_year, track, adviser_email, dedicated_start, deadline, status (pg_temp.import_line).
--
-- A field that is null (the file has no such column) leaves what is stored; an empty one clears it. status is active, leave or
-- inactive; empty or absent means active for a new student and brings nobody back who is inactive. Who is not in the file is
-- counted as absent, and leaves only where the import says that the file is the whole roster and none of its rows was refused: a
-- refused row may be anybody's.
--
-- What is stored and what is said are compared column by column; JSON is made of the rows that differ alone (building it for all
-- took half of the time of a file that changes nothing).
--
-- Raises 22023: no id, an unknown track or status. The readers in server/intake find these first and say the line.
drop function if exists core.import_roster(ops.import, jsonb);
create or replace function core.import_roster(p_import ops.import) returns jsonb
  language plpgsql set work_mem = '64MB' as $$
declare
  c_tracks constant text[] := '{us_md,us_do,non_us}';
  v_bad text;
  v_absent int4;
  v_on_roster int4;
  v_counts jsonb;
begin
  select format('row %s: %s', l.line, case
           when coalesce(l.student_id, '') = '' then 'student_id is missing'
           when not coalesce(nullif(l.track, ''), 'us_md') = any (c_tracks) then format('unknown track "%s"', l.track)
           else format('unknown status "%s"', l.status) end)
    into v_bad
    from pg_temp.import_line l
   where coalesce(l.student_id, '') = '' or l.track not in ('', 'us_md', 'us_do', 'non_us')
      or l.status not in ('', 'active', 'leave', 'inactive')
   order by l.line
   limit 1;
  if v_bad is not null then
    raise exception '%', v_bad using errcode = 'invalid_parameter_value';
  end if;

  insert into ops.import_row (school_id, import_id, n, line, student_id, external_id, change, before, after)
  select p_import.school_id, p_import.import_id, l.line, l.line, s.student_id, l.student_id,
         case when s.student_id is null then 'new' when l.status = 'inactive' and s.status <> 'inactive' then 'leaving'
              else 'changed' end,
         case when s.student_id is not null then core.roster_fields(s) end,
         jsonb_build_object(
           'given_name', coalesce(l.given_name, s.given_name, ''), 'family_name', coalesce(l.family_name, s.family_name, ''),
           'email', coalesce(l.email, s.email, ''),
           'class_year', case when l.class_year is null then s.class_year else nullif(l.class_year, '')::int2 end,
           'track', coalesce(nullif(l.track, ''), c_tracks[s.track + 1], 'us_md'),
           'adviser_email', coalesce(l.adviser_email, s.adviser_email, ''),
           'dedicated_start', case when l.dedicated_start is null then s.dedicated_day else nullif(l.dedicated_start, '')::date end,
           'deadline', case when l.deadline is null then s.deadline else nullif(l.deadline, '')::date end,
           'status', coalesce(nullif(l.status, ''), s.status, 'active'))
    from pg_temp.import_line l
    left join core.student s on s.school_id = p_import.school_id and s.external_id = l.student_id
   where s.student_id is null or l.given_name <> s.given_name or l.family_name <> s.family_name or l.email <> s.email
      or (l.class_year is not null and nullif(l.class_year, '')::int2 is distinct from s.class_year)
      or (l.track <> '' and l.track <> c_tracks[s.track + 1]) or l.adviser_email <> s.adviser_email
      or (l.dedicated_start is not null and nullif(l.dedicated_start, '')::date is distinct from s.dedicated_day)
      or (l.deadline is not null and nullif(l.deadline, '')::date is distinct from s.deadline)
      or (l.status <> '' and l.status <> s.status);

  select count(*), count(*) filter (where l.line is null) into v_on_roster, v_absent
    from core.student s
    left join pg_temp.import_line l on l.student_id = s.external_id
   where s.school_id = p_import.school_id and s.status <> 'inactive';
  if p_import.absent = 'inactive' and p_import.refused = 0 then
    insert into ops.import_row (school_id, import_id, n, student_id, external_id, change, before, after)
    select p_import.school_id, p_import.import_id,
           (select coalesce(max(l.line), 0) from pg_temp.import_line l) + row_number() over (order by s.external_id),
           s.student_id, s.external_id, 'leaving', core.roster_fields(s), core.roster_fields(s) || '{"status": "inactive"}'
      from core.student s
     where s.school_id = p_import.school_id and s.status <> 'inactive'
       and not exists (select from pg_temp.import_line l where l.student_id = s.external_id);
  end if;

  select jsonb_build_object(
           'new', count(*) filter (where r.change = 'new'), 'changed', count(*) filter (where r.change = 'changed'),
           'unchanged', (select count(*) from pg_temp.import_line) - count(*) filter (where r.line is not null),
           'leaving', count(*) filter (where r.change = 'leaving'),
           'leaving_absent', count(*) filter (where r.change = 'leaving' and r.line is null),
           'reactivated', count(*) filter (where r.before ->> 'status' = 'inactive' and r.after ->> 'status' <> 'inactive'),
           'absent', v_absent, 'on_roster', v_on_roster, 'demographics', core.demographics_bring(p_import))
    into v_counts
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  return v_counts;
end
$$;
