-- What happened around a student, newest first: results and their corrections, plans and outcomes, flags, steps of cases, contacts,
-- decisions on clearance, nights on which the state changed. Each entry says what it is ("kind"), when, by whom, and the few values
-- its sentence needs; the text of a note is nowhere in it. GET /api/v1/students/{student}/timeline
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.student_timeline(p_caller api.caller, p_args jsonb) returns api.reply
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
  v_total int8;
  v_kind text;
begin
  perform core.args_known(p_args, '{student,kind,limit,cursor,sort,format}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  v_me.ground := core.ground_for(v_me, v_student.student_id);
  v_page := core.page_of(v_me, p_args, '{-at}');
  v_kind := core.arg_choice(p_args, 'kind',
                            '{any,result,correction,exam,flag_opened,flag_closed,case,contact,clearance,state}', 'any');
  with happened as (
    select x.* from core.timeline_of(v_me, v_student) x
     where v_kind in ('any', x.kind)
  ), found as (
    -- Two things of one instant keep their order from page to page by what they are.
    select h.*, to_jsonb(extract(epoch from h.at)) as key, row_number() over (order by h.at, h.kind, h.detail::text) as id
      from happened h
  ), page as (
    select f.*, row_number() over (order by case when v_page.descending then null else f.key end,
                                            case when v_page.descending then f.key end desc,
                                            case when v_page.descending then - f.id else f.id end) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1
  )
  select coalesce(jsonb_agg(jsonb_build_object('at', at, 'kind', kind, 'by', core.staff_ref(v_me.school_id, staff_id),
                                               'detail', detail)
                            order by n) filter (where n <= v_page.most), '[]'),
         (select count(*) from found), core.page_next(v_page, array_agg(key order by n), array_agg(id order by n))
    into v_items, v_total, v_next from page;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, array[v_student.student_id], '{at,kind,by.name,detail}');
end
$$;
