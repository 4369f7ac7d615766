-- What a roster file would change (ops.import_row), and its counts: rows [{"line", "student_id", "given_name", "family_name",
-- "email", "class_year", "track", "adviser_email", "dedicated_start", "deadline", "status"}].
--
-- A key that is absent (the file has no such column) leaves what is stored; an empty value clears it. status is active, leave or
-- inactive; empty or absent means active for a new student and brings nobody back who is inactive. Who is not in the file is
-- counted as absent, and leaves only where the import says that the file is the whole roster and none of its rows was refused: a
-- refused row may be anybody's.
--
-- Raises 22023: an id twice, an unknown track or status. The readers in server/intake find these first and say the line.
create or replace function core.import_roster(p_import ops.import, p_rows jsonb) returns jsonb
  language plpgsql as $$
declare
  v_bad text;
  v_absent int4;
  v_on_roster int4;
  v_counts jsonb;
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

  insert into ops.import_row (school_id, import_id, n, line, student_id, external_id, change, before, after)
  select p_import.school_id, p_import.import_id, w.n, w.line, w.student_id, w.external_id,
         case when w.student_id is null then 'new'
              when w.after ->> 'status' = 'inactive' and w.before ->> 'status' <> 'inactive' then 'leaving' else 'changed' end,
         w.before, w.after
    from (select x.n, coalesce((x.row ->> 'line')::int4, x.n::int4) as line, s.student_id, x.row ->> 'student_id' as external_id,
                 case when s.student_id is not null then core.roster_fields(s) end as before,
                 jsonb_build_object(
                   'given_name', case when x.row ? 'given_name' then coalesce(x.row ->> 'given_name', '')
                                      else coalesce(s.given_name, '') end,
                   'family_name', case when x.row ? 'family_name' then coalesce(x.row ->> 'family_name', '')
                                       else coalesce(s.family_name, '') end,
                   'email', case when x.row ? 'email' then coalesce(x.row ->> 'email', '') else coalesce(s.email, '') end,
                   'class_year', case when x.row ? 'class_year' then nullif(x.row ->> 'class_year', '')::int2
                                      else s.class_year end,
                   'track', coalesce(nullif(x.row ->> 'track', ''), ('{us_md,us_do,non_us}'::text[])[s.track + 1], 'us_md'),
                   'adviser_email', case when x.row ? 'adviser_email' then coalesce(x.row ->> 'adviser_email', '')
                                         else coalesce(s.adviser_email, '') end,
                   'dedicated_start', case when x.row ? 'dedicated_start' then nullif(x.row ->> 'dedicated_start', '')::date
                                           else s.dedicated_day end,
                   'deadline', case when x.row ? 'deadline' then nullif(x.row ->> 'deadline', '')::date else s.deadline end,
                   'status', coalesce(nullif(x.row ->> 'status', ''), s.status, 'active')) as after
            from jsonb_array_elements(p_rows) with ordinality x(row, n)
            left join core.student s on s.school_id = p_import.school_id and s.external_id = x.row ->> 'student_id') w
   where w.before is distinct from w.after;

  select count(*), count(*) filter (where f.id is null) into v_on_roster, v_absent
    from core.student s
    left join (select x.row ->> 'student_id' as id from jsonb_array_elements(p_rows) x(row)) f on f.id = s.external_id
   where s.school_id = p_import.school_id and s.status <> 'inactive';
  if p_import.absent = 'inactive' and p_import.refused = 0 then
    insert into ops.import_row (school_id, import_id, n, student_id, external_id, change, before, after)
    select p_import.school_id, p_import.import_id, jsonb_array_length(p_rows) + row_number() over (order by s.external_id),
           s.student_id, s.external_id, 'leaving', core.roster_fields(s), core.roster_fields(s) || '{"status": "inactive"}'
      from core.student s
     where s.school_id = p_import.school_id and s.status <> 'inactive'
       and s.external_id not in (select x.row ->> 'student_id' from jsonb_array_elements(p_rows) x(row));
  end if;

  select jsonb_build_object(
           'new', count(*) filter (where r.change = 'new'), 'changed', count(*) filter (where r.change = 'changed'),
           'unchanged', jsonb_array_length(p_rows) - count(*) filter (where r.line is not null),
           'leaving', count(*) filter (where r.change = 'leaving'),
           'leaving_absent', count(*) filter (where r.change = 'leaving' and r.line is null),
           'reactivated', count(*) filter (where r.before ->> 'status' = 'inactive' and r.after ->> 'status' <> 'inactive'),
           'absent', v_absent, 'on_roster', v_on_roster)
    into v_counts
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  return v_counts;
end
$$;
