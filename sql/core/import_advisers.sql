-- What a file of adviser assignments would change (ops.import_row), and its counts: rows with student_id, adviser_email, from,
-- until (pg_temp.import_line), days at the school, both included; without a first day, or with one that is over, from now on. An
-- assignment is a ground 'adviser' that nobody in the office gave (granted_by null); a student has one by file, and another one
-- ends it.
--
-- A student to whom a person of the office gave an adviser keeps that one: the row is kept beside it. Students who are not on the
-- roster, and addresses that nobody in the office has who may see students, are findings. Who would then counsel and assess the
-- same student is listed with the other conflicts (api.conflicts), as with the roster's advisers.
create or replace function core.import_advisers(p_import ops.import) returns jsonb
  language plpgsql set work_mem = '64MB' as $$
declare
  v_zone text;
  v_now constant timestamptz := core.now();
  v_unknown record;
  v_nobody int4[];
  v_over int4[];
  v_counts jsonb;
begin
  select s.zone into v_zone from core.school s where s.school_id = p_import.school_id;
  select * into v_unknown from core.import_unknown(p_import);
  select array_agg(l.line) into v_nobody
    from pg_temp.import_line l
    join core.student s on s.school_id = p_import.school_id and s.external_id = l.student_id
    left join core.staff a on a.school_id = p_import.school_id and a.email = lower(l.adviser_email)
                          and a.status <> 'disabled' and a.roles && '{dean,adviser}'
   where a.staff_id is null;
  select array_agg(l.line) into v_over
    from pg_temp.import_line l
   where nullif(l.until, '')::date < (v_now at time zone v_zone)::date and l.line <> all (coalesce(v_nobody, '{}'));
  if v_nobody is not null then
    perform core.import_found(p_import, v_nobody, array_fill('adviser_email'::text, array[cardinality(v_nobody)]),
                              array_fill('is nobody of the office who may see students'::text, array[cardinality(v_nobody)]),
                              array_fill('Invite this person as an adviser first, or correct the address.'::text,
                                         array[cardinality(v_nobody)]));
  end if;
  if v_over is not null then
    perform core.import_found(p_import, v_over, array_fill('until'::text, array[cardinality(v_over)]),
                              array_fill('is over'::text, array[cardinality(v_over)]),
                              array_fill('Leave the row out, or correct the day.'::text, array[cardinality(v_over)]));
  end if;

  insert into ops.import_row (school_id, import_id, n, line, student_id, external_id, change, before, after, done)
  select p_import.school_id, p_import.import_id, w.line, w.line, w.student_id, w.external_id,
         case when h.ground_id is not null then 'kept' when f.ground_id is null then 'new' else 'changed' end,
         core.adviser_fields(coalesce(h, f), v_zone),
         jsonb_build_object('adviser_email', w.email, 'from', w.from_day, 'until', w.until_day),
         jsonb_build_object('staff_id', w.staff_id, 'before', (coalesce(h, f)).ground_id)
    from (select l.line, s.student_id, s.external_id, a.staff_id, a.email, nullif(l.until, '')::date as until_day,
                 case when nullif(l."from", '')::date > (v_now at time zone v_zone)::date then l."from"::date end as from_day
            from pg_temp.import_line l
            join core.student s on s.school_id = p_import.school_id and s.external_id = l.student_id
            join core.staff a on a.school_id = p_import.school_id and a.email = lower(l.adviser_email)
           where l.line <> all (coalesce(v_nobody, '{}')) and l.line <> all (coalesce(v_over, '{}'))) w
    left join lateral core.adviser_standing(p_import.school_id, w.student_id, true, v_now) h on true
    left join lateral core.adviser_standing(p_import.school_id, w.student_id, false, v_now) f on true
   where h.ground_id is not null or f.ground_id is null or f.staff_id <> w.staff_id
      or core.last_day(f.valid_until, v_zone) is distinct from w.until_day
      or (f.valid_from > v_now or w.from_day is not null) and (f.valid_from at time zone v_zone)::date is distinct from w.from_day;

  select jsonb_build_object(
           'new', count(*) filter (where r.change = 'new'), 'changed', count(*) filter (where r.change = 'changed'),
           'kept', count(*) filter (where r.change = 'kept'),
           'unchanged', (select count(*) from pg_temp.import_line) - v_unknown.unknown - coalesce(cardinality(v_nobody), 0)
                        - coalesce(cardinality(v_over), 0) - count(*),
           'on_roster', (select count(*) from core.student s where s.school_id = p_import.school_id and s.status <> 'inactive'))
    into v_counts
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  return v_counts;
end
$$;
