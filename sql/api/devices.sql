-- Students' devices, and how they stand: in force, revoked, expired, unfinished. Query: student, state. Columns to sort by:
-- enrolled (the newest first), until (of the certificate; those without come first). GET /api/v1/devices
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school. Locks: none.
create or replace function api.devices(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster');
  v_page core.page;
  v_student core.student;
  v_state text;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_students int8[];
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,student,state}');
  v_page := core.page_of(v_me, p_args, '{-enrolled,until}');
  v_state := core.arg_choice(p_args, 'state', '{any,in_force,revoked,expired,unfinished}', 'any');
  if core.arg(p_args, 'student') is not null then
    v_student := core.student_enter(v_me, core.arg(p_args, 'student'));
  end if;
  with issued as materialized (
    select x.device_id, max(x.not_after) as not_after from core.certificate x
     where x.school_id = v_me.school_id and x.state = 'issued' group by x.device_id
  ), found as (
    select d, d.device_id as id, d.student_id,
           to_jsonb(case v_page.sort when 'until' then i.not_after else d.created_at end) as key
      from core.device d left join issued i on i.device_id = d.device_id
     where d.school_id = v_me.school_id and (v_student.student_id is null or d.student_id = v_student.student_id)
       and v_state in ('any', core.device_state(d.revoked_at, i.not_after, v_me.now))
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1
  )
  select to_jsonb((array_agg(core.device_json(p.d, v_me.now) order by p.n))[:v_page.most]), (select count(*) from found),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n)),
         coalesce(array_agg(distinct p.student_id), '{}')
    into v_items, v_total, v_next, v_students from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, v_students,
    '{device_id,student.student_id,student.given_name,student.family_name,name,state,enrolled_at,'
    'certificate_until,last_seen_at,revoked_at,revoked_reason}');
end
$$;
