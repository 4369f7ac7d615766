-- What stands in the calendar from one day to another: exams, last safe days, deadlines, ends of permits, results to come.
-- GET /api/v1/calendar
--   from, to     days, both with; default: from today for 60 days; at most 400
--   kind         one of core.calendar_kinds(); default any
--   class_year
--   sort         day; "-day" for backwards
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
  v_page core.page;
  v_from date;
  v_to date;
  v_kind text;
  v_year int8;
  v_items jsonb;
  v_next text;
  v_total int8;
  v_students int8[];
begin
  perform core.args_known(p_args, '{from,to,kind,class_year,limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{day}');
  v_from := coalesce(core.arg_day(p_args, 'from'), (v_me.now at time zone v_me.zone)::date);
  v_to := coalesce(core.arg_day(p_args, 'to'), v_from + 60);
  v_kind := nullif(core.arg_choice(p_args, 'kind', (select array_agg(k.kind) || '{any}' from core.calendar_kinds() k), 'any'),
    'any');
  v_year := core.arg_number(p_args, 'class_year', null, 1900, 2200);
  if v_to < v_from or v_to - v_from > c_days_most then
    perform core.refuse(422, 'invalid', format('"to" must be from 0 to %s days after "from".', c_days_most), 'to');
  end if;
  with found as (
    select s, r.attempt, r.taken, e.kind, e.day, to_jsonb(e.day) as key, s.student_id * 16 + k.place as id,
           r.exam_on, case when e.kind = 'block_start' then r.block end as item
      from core.calendar_rows(v_me.school_id, v_me.now) r
      join core.student s on s.school_id = v_me.school_id and s.student_id = r.student_id
     cross join lateral (
            values ('last_safe_day', r.last_safe_on), ('exam', r.exam_on), ('deadline', r.taken_by), ('pass_due', r.passed_by),
                   ('permit_end', r.permit_to), ('result_typical', r.result_typical_on), ('result_expected', r.result_plan_on),
                   ('retake_from', case when r.failures > 0 then r.earliest_on end), ('block_start', r.block_on)) e(kind, day)
      join core.calendar_kinds() k on k.kind = e.kind
     where e.day between v_from and v_to and s.status <> 'inactive' and (v_kind is null or e.kind = v_kind)
       and (v_year is null or s.class_year = v_year)
  ), page as (
    select f.*, row_number() over (order by case when v_page.descending then null else f.key end,
                                            case when v_page.descending then f.key end desc,
                                            case when v_page.descending then - f.id else f.id end) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1
  )
  select coalesce(jsonb_agg(jsonb_build_object('day', day, 'kind', kind, 'attempt', attempt, 'taken', taken, 'exam_on', exam_on,
    'item', item,
                                               'student', core.student_ref(page.s)) order by n) filter (where n <= v_page.most),
                                                 '[]'),
         (select count(*) from found), core.page_next(v_page, array_agg(key order by n), array_agg(id order by n)),
         array_agg(distinct (page.s).student_id) filter (where n <= v_page.most)
    into v_items, v_total, v_next, v_students
    from page;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, coalesce(v_students, '{}'),
    '{day,kind,student.student_id,student.family_name,student.given_name,student.class_year,attempt,taken,exam_on,item}');
end
$$;
