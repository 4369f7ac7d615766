-- Cases, open or closed. GET /api/v1/cases?state&owner&due_until&overdue&rule&class_year&student&sort&limit&cursor&format state:
-- one of the states, "open" (the default) or "any". owner: a number, "me" or "none". rule: the code of a reason that is open.
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.cases(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_day date := (v_me.now at time zone v_me.zone)::date;
  v_page core.page := core.page_of(v_me, p_args, '{-opened,due,state_since,name,severity}');
  v_state text := core.arg_choice(p_args, 'state',
    '{open,any,new,acknowledged,in_progress,watching,regressed,escalating,resolved,merged}', 'open');
  v_owner text := core.arg(p_args, 'owner', p_most => 18);
  v_owner_id int8 := case when v_owner = 'me' then v_me.staff_id
                          when v_owner <> 'none' then core.arg_number(p_args, 'owner', null, 1, 999999999999) end;
  v_due date := core.arg_day(p_args, 'due_until');
  v_overdue bool := core.arg_choice(p_args, 'overdue', '{true,false}', 'false');
  v_rule text := core.arg(p_args, 'rule', p_most => 64);
  v_year int8 := core.arg_number(p_args, 'class_year', null, 1900, 2999);
  v_student text := core.arg(p_args, 'student', p_most => 64);
  v_items jsonb;
  v_next text;
  v_total int8;
  v_students int8[];
begin
  perform core.args_known(p_args, '{state,owner,due_until,overdue,rule,class_year,student,sort,limit,cursor,format}');
  with found as materialized (
    select c, s, c.case_id as id,
           case v_page.sort
             when 'opened' then to_jsonb(extract(epoch from c.opened_at))
             when 'state_since' then to_jsonb(extract(epoch from c.state_since))
             when 'due' then coalesce(to_jsonb(c.due_on), 'null')
             when 'severity' then to_jsonb(c.severity)
             else to_jsonb(s.family_name || ' ' || s.given_name) end as key
      from core.case_file c
      join core.student s on s.school_id = c.school_id and s.student_id = c.student_id
     where c.school_id = v_me.school_id
       and case v_state when 'any' then true when 'open' then c.state not in ('resolved', 'merged') else c.state = v_state end
       and (v_owner is null or c.owner_id is not distinct from v_owner_id)
       and (v_due is null or c.due_on <= v_due)
       and (not v_overdue or (c.due_on < v_day and c.state not in ('resolved', 'merged')))
       and (v_rule is null or exists (select from core.case_reason r
                                       where r.school_id = c.school_id and r.case_id = c.case_id and r.code = v_rule
                                         and r.closed_at is null))
       and (v_year is null or s.class_year = v_year) and (v_student is null or s.external_id = v_student)
  ), page as (
    select f.*, row_number() over (order by case when v_page.descending then null else f.key end,
                                            case when v_page.descending then f.key end desc,
                                            case when v_page.descending then - f.id else f.id end) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1
  )
  select coalesce(jsonb_agg(core.case_head(p.c, p.s, v_day) || jsonb_build_object('reasons',
    core.case_reasons(p.c, v_me.now)) order by p.n)
                    filter (where p.n <= v_page.most), '[]'),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n)),
         coalesce(array_agg(distinct (p.c).student_id) filter (where p.n <= v_page.most), '{}')
    into v_items, v_total, v_next, v_students from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, v_students,
    '{case,student.student_id,student.given_name,student.family_name,student.class_year,attempt,state,state_since,severity,'
    'owner.name,due_on,overdue,follow_up_on,snooze_until,opened_at,acted_at,resolution}');
end
$$;
