-- Who looked at this student's record or changed it, newest first: who, when, what, and on what ground. Columns to sort by: at. The
-- total is not counted. GET /api/v1/students/{student}/access
--
-- Who: sg_office. Ground: the reader's own. Locks: none.
create or replace function api.student_access(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
  v_page core.page;
  v_items jsonb;
  v_next text;
begin
  perform core.args_known(p_args, '{student,limit,cursor,sort,format}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  v_page := core.page_of(v_me, p_args, '{-at}');
  with page as (
    select e.event_id as id, to_jsonb(e.event_id) as key, v_page.step * e.event_id as n,
           jsonb_build_object('event_id', e.event_id, 'at', e.at, 'action', e.action, 'ground', e.ground,
             'staff', core.staff_ref(e.school_id, e.staff_id), 'actor', e.actor,
             'as_file', coalesce(e.detail ->> 'format' = 'csv', false), 'students_n', cardinality(e.students)) as item
      from core.trail_page(v_me.school_id, v_page, v_student.student_id, p_status => 'done') e)
  select to_jsonb((array_agg(p.item order by p.n))[:v_page.most]),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, null,
    array[v_student.student_id], '{event_id,at,action,ground,staff.name,actor,as_file,students_n}');
end
$$;
