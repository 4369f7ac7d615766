-- Who looked at this student's record or changed it, newest first: who, when, what, and on what ground. Columns to sort by: at. The
-- total is counted up to 10,000. GET /api/v1/students/{student}/access
--
-- Who: sg_office. Ground: the reader's own. Locks: none.
create or replace function api.student_access(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  c_count_most constant int4 := 10000;
  v_student core.student;
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{student,limit,cursor,sort,format}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  v_page := core.page_of(v_me, p_args, '{-at}');
  with page as (
    select e.event_id as id, to_jsonb(e.event_id) as key, v_page.step * e.event_id as n,
           jsonb_build_object('event_id', e.event_id, 'at', e.at, 'action', e.action, 'ground', e.ground,
             'staff', core.staff_ref(e.school_id, e.staff_id), 'actor', e.actor, 'as_file', e.detail ->> 'format' = 'csv',
             'students_n', cardinality(e.students)) as item
      from audit.event e
     where e.school_id = v_me.school_id and e.students @> array[v_student.student_id] and coalesce(e.status, 200) < 400
       and (v_page.after_id is null or case when v_page.descending then e.event_id < v_page.after_id
                                            else e.event_id > v_page.after_id end)
     order by v_page.step * e.event_id limit v_page.most + 1)
  select to_jsonb((array_agg(p.item order by p.n))[:v_page.most]),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_next from page p;
  select count(*) into v_total from (
    select from audit.event e
     where e.school_id = v_me.school_id and e.students @> array[v_student.student_id] and coalesce(e.status, 200) < 400
     limit c_count_most + 1) counted;
  return core.reply_list(v_me, p_args, v_items, v_next, case when v_total <= c_count_most then v_total end,
    array[v_student.student_id], '{event_id,at,action,ground,staff.name,actor,as_file,students_n}');
end
$$;
