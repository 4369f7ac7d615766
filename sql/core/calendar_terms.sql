-- The rules about dates as they stand for each class of a school on one day: one row a class that has students (0: those without a
-- class), of p_classes where that is given (to know which classes there are, everybody is read, a hundred milliseconds in a large
-- school), the USMLE's numbers with the school's own in their place. refs says for each which version of which rule it is:
-- {"attempt_limit": {"rule", "by": "usmle"|"school", "version", "valid_from", "value"}, …}; the version of a rule of the USMLE is
-- the day from which it holds, of the school's the revision.
--
-- The school's attempt limit counts only where it is tighter. Blocks come in the order of their start, as three arrays.
drop function if exists core.calendar_terms(int4, date); -- it was given a further parameter
create or replace function core.calendar_terms(p_school int4, p_day date, p_classes int2[] default null)
  returns table (class_year int2, attempt_limit int4, window_attempts int4, window_months int4, spaced_from int4, first_months int4,
                 last_months int4, extension_months int4, typical_weeks int4, result_weeks int4, weekday int4, notice_days int4,
                 study_weeks int4, lockout_days int4, taken_by date, passed_by date, block_names text[], block_days date[],
                 block_refs jsonb[], refs jsonb)
  language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with classes as materialized (
    select distinct coalesce(s.class_year, 0)::int2 as class_year from core.student s
     where s.school_id = p_school and p_classes is null
    union
    select u.class_year from unnest(p_classes) u(class_year)
  ), own as materialized (
    select distinct on (c.class_year, r.code, r.item) c.class_year, r.code, r.item, r.day, r.number,
           jsonb_build_object('rule', r.code, 'by', 'school', 'version', r.revision, 'valid_from', r.valid_from, 'value',
                              coalesce(to_jsonb(r.number), to_jsonb(r.day)))
           || case when r.item <> '' then jsonb_build_object('item', r.item) else '{}' end as ref
      from classes c
      join core.calendar_rule r on r.school_id = p_school and coalesce(r.class_year, c.class_year) = c.class_year
        and r.valid_from <= p_day
     order by c.class_year, r.code, r.item, r.class_year is null, r.valid_from desc, r.revision desc
  ), usmle as materialized (
    select u.code, u.value as number,
           jsonb_build_object('rule', u.code, 'by', 'usmle', 'version', u.valid_from, 'valid_from', u.valid_from, 'value',
             u.value) as ref
      from core.usmle_rules() u
     where u.valid_from <= p_day and coalesce(u.valid_to >= p_day, true)
  ), counting as materialized ( -- of each rule the one row that counts
    select distinct on (x.class_year, x.code) x.class_year, x.code, x.day, x.number, x.ref
      from (select o.class_year, o.code, o.day, o.number, o.ref, 1 as place from own o
             where o.code <> 'block_start' and (o.day is not null or o.number is not null)
            union all
            select c.class_year, u.code, null, u.number, u.ref, 2 from classes c cross join usmle u) x
     order by x.class_year, x.code, case when x.code = 'attempt_limit' then x.number else x.place end, x.place
  ), blocks as (
    select o.class_year, array_agg(o.item order by o.day, o.item) as names, array_agg(o.day order by o.day, o.item) as days,
           array_agg(o.ref order by o.day, o.item) as refs
      from own o where o.code = 'block_start' and o.day is not null
     group by o.class_year
  ), pivot as (
    select c.class_year,
           max(c.number) filter (where c.code = 'attempt_limit') as attempt_limit,
           max(c.number) filter (where c.code = 'window_attempts') as window_attempts,
           max(c.number) filter (where c.code = 'window_months') as window_months,
           max(c.number) filter (where c.code = 'spaced_from_attempt') as spaced_from,
           max(c.number) filter (where c.code = 'after_first_months') as first_months,
           max(c.number) filter (where c.code = 'after_last_months') as last_months,
           max(c.number) filter (where c.code = 'extension_months') as extension_months,
           max(c.number) filter (where c.code = 'result_typical_weeks') as typical_weeks,
           max(c.number) filter (where c.code = 'result_weeks') as result_weeks,
           max(c.number) filter (where c.code = 'result_weekday') as weekday,
           max(c.number) filter (where c.code = 'notice_days') as notice_days,
           max(c.number) filter (where c.code = 'study_weeks') as study_weeks,
           max(c.number) filter (where c.code = 'lockout_days') as lockout_days,
           max(c.day) filter (where c.code = 'taken_by') as taken_by,
           max(c.day) filter (where c.code = 'passed_by') as passed_by,
           jsonb_object_agg(c.code, c.ref) as refs
      from counting c
     group by c.class_year
  )
  select p.class_year, p.attempt_limit, p.window_attempts, p.window_months, p.spaced_from, p.first_months, p.last_months,
         p.extension_months, least(p.typical_weeks, p.result_weeks), p.result_weeks, p.weekday, p.notice_days,
         coalesce(p.study_weeks, 0), coalesce(p.lockout_days, 0), p.taken_by, p.passed_by, coalesce(b.names, '{}'),
         coalesce(b.days, '{}'), coalesce(b.refs, '{}'), p.refs
    from pivot p
    left join blocks b on b.class_year = p.class_year;
end
$$;
