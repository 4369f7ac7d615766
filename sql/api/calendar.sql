-- What stands in the calendar from one day to another: exams, last safe days, deadlines, ends of permits, results to come.
-- GET /api/v1/calendar
--   from, to     days, both with; default: from today for 60 days; at most 400
--   kind         one of core.calendar_kinds(); default any
--   class_year
--   sort         day; "-day" for backwards
-- "days" of the answer: how many of each kind each day has, over all pages, so that a month of twenty thousand students can be
-- drawn without their names.
--
-- Who: sg_office, right "records". Ground: the person's own for each. Locks: none.
create or replace function api.calendar(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_days_most constant int4 := 400; -- a year and the weeks a result takes
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_kinds constant text[] := (select array_agg(k.kind order by k.place) from core.calendar_kinds() k);
  v_page core.page;
  v_from date;
  v_to date;
  v_kind text;
  v_year int8;
  v_items jsonb;
  v_next text;
  v_total int8;
  v_students int8[];
  v_days jsonb;
  v_reply api.reply;
begin
  perform core.args_known(p_args, '{from,to,kind,class_year,limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{day}');
  v_from := coalesce(core.arg_day(p_args, 'from'), (v_me.now at time zone v_me.zone)::date);
  v_to := coalesce(core.arg_day(p_args, 'to'), v_from + 60);
  v_kind := nullif(core.arg_choice(p_args, 'kind', v_kinds || '{any}', 'any'), 'any');
  v_year := core.arg_number(p_args, 'class_year', null, 1900, 2200);
  if v_to < v_from or v_to - v_from > c_days_most then
    perform core.refuse(422, 'invalid', format('"to" must be from 0 to %s days after "from".', c_days_most), 'to');
  end if;
  -- Thousands of days: chosen and sorted as days, and made into a document where they are shown.
  with found as materialized (
    select r.student_id, r.attempt, r.taken, e.kind, e.day, r.exam_on, case when e.kind = 'block_start' then r.block end as item,
           r.student_id * 16 + array_position(v_kinds, e.kind) - 1 as id
      from core.calendar_rows(v_me.school_id, v_me.now) r
      join core.student s on s.school_id = v_me.school_id and s.student_id = r.student_id
     cross join lateral (
            values ('last_safe_day', r.last_safe_on), ('exam', r.exam_on), ('deadline', r.taken_by), ('pass_due', r.passed_by),
                   ('permit_end', r.permit_to), ('result_typical', r.result_typical_on), ('result_expected', r.result_plan_on),
                   ('retake_from', case when r.failures > 0 then r.earliest_on end), ('block_start', r.block_on)) e(kind, day)
     where e.day between v_from and v_to and s.status <> 'inactive' and (v_kind is null or e.kind = v_kind)
       and (v_year is null or s.class_year = v_year)
  ), page as (
    select f.*, to_jsonb(f.day) as key, row_number() over (order by v_page.step * (f.day - v_from), v_page.step * f.id) as n
      from (select x.* from found x
             where v_page.after is null or core.page_follows(v_page, to_jsonb(x.day), x.id)
             order by v_page.step * (x.day - v_from), v_page.step * x.id limit v_page.most + 1) f
  )
  select coalesce(jsonb_agg(jsonb_build_object(
           'day', p.day, 'kind', p.kind, 'attempt', p.attempt, 'taken', p.taken, 'exam_on', p.exam_on, 'item', p.item,
           'student', core.student_ref(s)) order by p.n) filter (where p.n <= v_page.most), '[]'),
         (select count(*) from found),
         (select coalesce(jsonb_agg(jsonb_build_object('day', d.day, 'kind', d.kind, 'n', d.n) order by d.day, d.place), '[]')
            from (select f.day, f.kind, count(*) as n, array_position(v_kinds, f.kind) as place from found f group by 1, 2) d),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n)),
         array_agg(distinct p.student_id) filter (where p.n <= v_page.most)
    into v_items, v_total, v_days, v_next, v_students
    from page p
    join core.student s on s.school_id = v_me.school_id and s.student_id = p.student_id;
  v_reply := core.reply_list(v_me, p_args, v_items, v_next, v_total, coalesce(v_students, '{}'),
    '{day,kind,student.student_id,student.family_name,student.given_name,student.class_year,attempt,taken,exam_on,item}');
  if not v_page.csv then
    v_reply.body := v_reply.body::jsonb || jsonb_build_object('days', v_days);
  end if;
  return v_reply;
end
$$;
