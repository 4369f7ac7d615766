-- Students' requests to see their record or to have it amended, the most urgent first. Query: state (open: not closed, the default;
-- any), kind, student. Columns to sort by: due_on, received_on. GET /api/v1/access-requests
--
-- Who: sg_office. Ground: dean or auditor of the school. Locks: none.
create or replace function api.access_requests(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'requests');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_today constant date := (v_me.now at time zone v_me.zone)::date;
  v_students int8[];
  v_student core.student;
  v_state text;
  v_kind text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,state,kind,student}');
  v_page := core.page_of(v_me, p_args, '{due_on,received_on}');
  v_state := core.arg_choice(p_args, 'state', '{open,any}', 'open');
  v_kind := core.arg_choice(p_args, 'kind', '{any,inspection,amendment}', 'any');
  if core.arg(p_args, 'student') is not null then
    v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  end if;
  with found as (
    select r as request, r.request_id as id, r.student_id,
           to_jsonb(case v_page.sort when 'due_on' then r.due_on else r.received_on end) as key
      from core.record_request r
     where r.school_id = v_me.school_id and (v_state = 'any' or r.answered_on is null) and v_kind in ('any', r.kind)
       and (v_student.student_id is null or r.student_id = v_student.student_id)
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.request_json(p.request, v_today) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n)),
         (array_agg(p.student_id order by p.n))[:v_page.most]
    into v_items, v_total, v_next, v_students from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, coalesce(v_students, '{}'),
    '{request_id,student.student_id,student.family_name,student.given_name,kind,state,received_on,due_on,days_left,hold,'
    'words,answered_on,answer,statement}');
end
$$;
