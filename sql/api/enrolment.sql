-- Who has a device, a code, or neither. Query: class_year, state, q (part of a name or id). Columns to sort by: name, last_seen
-- (those never seen first), code (by the day it ends). GET /api/v1/enrolment
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school. Locks: none.
create or replace function api.enrolment(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster');
  v_page core.page;
  v_class int8;
  v_state text;
  v_q text;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_students int8[];
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,class_year,state,q}');
  v_page := core.page_of(v_me, p_args, '{name,last_seen,code}');
  v_class := core.arg_number(p_args, 'class_year', null, 1900, 2200);
  v_state := core.arg_choice(p_args, 'state', '{any,enrolled,invited,code_expired,lapsed,none}', 'any');
  v_q := lower(core.arg(p_args, 'q', p_most => 100));
  with found as (select e.*, (e.student).student_id as id,
                        case v_page.sort when 'last_seen' then to_jsonb(e.last_seen) when 'code' then to_jsonb(e.code_until)
                        else to_jsonb(lower((e.student).family_name || ' ' || (e.student).given_name)) end as sorted
                   from core.enrolment_rows(v_me.school_id, v_me.now) e
                  where (v_class is null or (e.student).class_year = v_class) and v_state in ('any', e.state)
                    and (v_q is null or strpos(lower(concat_ws(' ', (e.student).given_name, (e.student).family_name,
                                                               (e.student).external_id)), v_q) > 0)),
       keyed as (select f.*, coalesce(f.sorted, 'null') as key from found f),
       page as (select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
                  from keyed f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(jsonb_build_object(
           'student', core.student_ref(p.student), 'status', (p.student).status, 'state', p.state, 'devices', p.devices,
           'devices_in_force', p.in_force, 'code', case when p.code_until is not null then
             jsonb_build_object('issued_at', p.code_issued, 'expires_at', p.code_until) end,
           'last_seen_at', p.last_seen) order by p.n))[:v_page.most]), (select count(*) from found),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n)), coalesce(array_agg(p.id), '{}')
    into v_items, v_total, v_next, v_students from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, v_students,
    '{student.student_id,student.given_name,student.family_name,student.class_year,status,state,'
    'devices_in_force,code.expires_at,last_seen_at}');
end
$$;
