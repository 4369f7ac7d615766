-- Who is to get a code: {"students" (ids)}, or {"class_year"}, or {"all": true}; "only": unenrolled (without a device in force;
-- those who are not named) or everyone; "expires_days". Gives {"students" (ids), "unknown", "expires_on", "expires_at"}: nothing is
-- issued yet. Asked by the daemon for POST /api/v1/codes.
--
-- Who: sg_office, right "roster", with a fresh proof. Ground: dean or operator of the school. Locks: none.
create or replace function api.codes_begin(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster', p_step_up => true);
  c_most constant int4 := 2000; -- codes of one answer: 400 kB
  v_body constant jsonb := p_args -> 'body';
  v_ids text[];
  v_class int8;
  v_only text;
  v_last date;
  v_found text[];
begin
  perform core.args_known(p_args, '{}', '{students,class_year,all,only,expires_days,format}');
  v_ids := core.arg_list(v_body, 'students', 500, p_long => 64);
  v_class := core.arg_number(v_body, 'class_year', null, 1900, 2200);
  if (v_ids is not null)::int4 + (v_class is not null)::int4 + core.arg_flag(v_body, 'all')::int4 <> 1 then
    perform core.refuse(422, 'invalid', 'One of "students", "class_year" and "all" says for whom the codes are.', 'students');
  end if;
  v_only := core.arg_choice(v_body, 'only', '{unenrolled,everyone}', case when v_ids is null then 'unenrolled' else 'everyone' end);
  perform core.arg_choice(v_body, 'format', '{json,csv}', 'json');
  v_last := (v_me.now at time zone v_me.zone)::date + core.arg_number(v_body, 'expires_days', 14, 1, 365)::int4;
  v_found := array(
    select (e.student).external_id from core.enrolment_rows(v_me.school_id, v_me.now) e
     where (v_ids is null or (e.student).external_id = any (v_ids)) and (v_class is null or (e.student).class_year = v_class)
       and (v_only = 'everyone' or e.state <> 'enrolled')
     order by (e.student).family_name, (e.student).given_name, (e.student).student_id);
  if cardinality(v_found) > c_most then
    perform core.refuse(422, 'too_many', format('That is %s students; %s codes are made at a time.', cardinality(v_found), c_most),
                        'all', 'Make them class by class.');
  end if;
  return core.reply(jsonb_build_object('students', v_found, 'expires_on', v_last, 'unknown', (
    select coalesce(jsonb_agg(i order by i), '[]') from unnest(v_ids) i
     where not exists (select from core.student s
                        where s.school_id = v_me.school_id and s.external_id = i and s.status <> 'inactive'))));
end
$$;
