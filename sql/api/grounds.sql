-- On what grounds people see this student, those that are over too, newest first; the roster's adviser is among them, without a
-- number. The deans of the school see every student by their role and are no rows. Columns to sort by: from. GET
-- /api/v1/students/{student}/grounds
--
-- Who: sg_office. Ground: the reader's own. Locks: none.
create or replace function api.grounds(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{student,limit,cursor,sort,format}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  v_page := core.page_of(v_me, p_args, '{-from}');
  with found as (
    select g as ground, g.ground_id as id, to_jsonb(extract(epoch from g.valid_from)) as key
      from core.ground g where g.school_id = v_me.school_id and g.student_id = v_student.student_id
    union all
    select row(v_me.school_id, null, s.staff_id, s.student_id, s.kind, '', v_student.created_at, null, null, v_student.created_at,
               null, null)::core.ground, 0, to_jsonb(extract(epoch from v_student.created_at))
      from core.sides(v_me.school_id, v_me.now, array[v_student.student_id]) s where s.source = 'roster'
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.ground_json(p.ground, v_me.zone, v_me.now) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, array[v_student.student_id],
    '{ground_id,staff.name,kind,source,reason,from,until,granted_by.name,granted_at,ended_at,state}');
end
$$;
