-- To whom this student's record was given outside the school's officials (34 CFR 99.32). The student can read this. Columns to sort
-- by: disclosed_on. GET /api/v1/students/{student}/disclosures
--
-- Who: sg_office. Ground: the reader's own. Locks: none.
create or replace function api.student_disclosures(p_caller api.caller, p_args jsonb) returns api.reply
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
  v_page := core.page_of(v_me, p_args, '{-disclosed_on}');
  with found as (
    select d as entry, d.disclosure_id as id, to_jsonb(d.disclosed_on) as key
      from audit.disclosure d where d.school_id = v_me.school_id and d.students @> array[v_student.student_id]
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.disclosure_json(p.entry) - 'students' - 'students_n' order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, array[v_student.student_id],
    '{disclosure_id,disclosed_on,outcome,recipient,interest,what,basis,basis_source,agreement,threat,onward,staff.name,'
    'notice_version,corrects,at}');
end
$$;
