-- The trail, newest first: who did or looked at what, whose record it was, on what ground, from where; and what was refused. Query:
-- staff, student, action, from, to (days at the school, both included), status (done, refused, any). Columns to sort by: at, as it
-- was written. The total is counted up to 10,000, and where nothing
-- but days narrows the question. GET /api/v1/trail
--
-- Who: sg_office. Ground: auditor of the school; of a student it shows the name and nothing else. Locks: none.
create or replace function api.trail(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'trail');
  c_count_most constant int4 := 10000;
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;

  v_students int8[];
  v_student core.student;
  v_staff int8;
  v_action text;
  v_from timestamptz;
  v_to timestamptz;
  v_status text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,staff,student,action,from,to,status}');
  v_page := core.page_of(v_me, p_args, '{-at}');
  v_staff := core.arg_number(p_args, 'staff', null, 1, 999999999999999999);
  v_action := core.arg(p_args, 'action', p_most => 60);
  v_status := core.arg_choice(p_args, 'status', '{any,done,refused}', 'any');
  v_from := core.day_start(core.arg_day(p_args, 'from'), v_me.zone);
  v_to := core.day_start(core.arg_day(p_args, 'to') + 1, v_me.zone);
  if core.arg(p_args, 'student') is not null then
    v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  end if;
  with page as (
    select e as event, e.event_id as id, to_jsonb(e.event_id) as key, v_page.step * e.event_id as n
      from core.trail_page(v_me.school_id, v_page, v_student.student_id, v_staff, v_action, v_from, v_to, v_status) e)
  select to_jsonb((array_agg(core.event_json(p.event) order by p.n))[:v_page.most]),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_next from page p;
  -- Counting what is rare would read all there is.
  if coalesce(v_student.student_id, v_staff) is null and v_action is null and v_status = 'any' then
    select nullif(count(*), c_count_most + 1) into v_total from (
      select from audit.event e
       where e.school_id = v_me.school_id and (v_from is null or e.at >= v_from) and (v_to is null or e.at < v_to)
       limit c_count_most + 1) counted;
  end if;
  select coalesce(array_agg(distinct s.student_id), '{}') into v_students
    from jsonb_array_elements(v_items) i, jsonb_array_elements(i -> 'students') named
    join core.student s on s.school_id = v_me.school_id and s.external_id = named ->> 'student_id';
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, v_students,
    '{event_id,at,action,actor,staff.name,ground,address,status,students_n,students,detail}');
end
$$;
