-- The ledger of disclosures to others than officials of the school (34 CFR 99.32). Query: basis, student, from, to (days, both
-- included). Columns to sort by: disclosed_on. GET /api/v1/disclosures
--
-- Who: sg_office. Ground: dean or auditor of the school; of a student it shows the name and nothing else. Locks: none.
create or replace function api.disclosures(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'disclose');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_students int8[];
  v_student core.student;
  v_basis text;
  v_from date;
  v_to date;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,basis,student,from,to}');
  v_page := core.page_of(v_me, p_args, '{-disclosed_on}');
  v_basis := nullif(core.arg_choice(p_args, 'basis', array(select b.basis from core.disclosure_bases() b) || '{any}',
                                           'any'), 'any');
  v_from := core.arg_day(p_args, 'from');
  v_to := core.arg_day(p_args, 'to');
  if core.arg(p_args, 'student') is not null then
    v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  end if;
  with found as (
    select d as entry, d.disclosure_id as id, to_jsonb(d.disclosed_on) as key
      from audit.disclosure d
     where d.school_id = v_me.school_id and (v_student.student_id is null or d.students @> array[v_student.student_id])
       and (v_basis is null or d.basis = v_basis) and (v_from is null or d.disclosed_on >= v_from)
       and (v_to is null or d.disclosed_on <= v_to)
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.disclosure_json(p.entry) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  select coalesce(array_agg(distinct s.student_id), '{}') into v_students
    from jsonb_array_elements(v_items) i, jsonb_array_elements(i -> 'students') named
    join core.student s on s.school_id = v_me.school_id and s.external_id = named ->> 'student_id';
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, v_students,
    '{disclosure_id,disclosed_on,outcome,recipient,interest,what,basis,basis_source,agreement,threat,onward,students_n,staff.name,'
    'file_sha256,notice_version,corrects,at}');
end
$$;
