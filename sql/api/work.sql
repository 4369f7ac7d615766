-- What this person has to do: own tasks, follow-ups and due days of own cases (and of those for whom they cover), up to some days
-- ahead; what is overdue first. GET /api/v1/work?days&format
--
-- Who: sg_office, right "casework". Ground: the person's own. Locks: none.
create or replace function api.work(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'casework');
  v_day date := (v_me.now at time zone v_me.zone)::date;
  v_until date;
  v_items jsonb;
  v_students int8[];
begin
  perform core.args_known(p_args, '{days,format}');
  v_until := v_day + core.arg_number(p_args, 'days', 14, 0, 366)::int4;
  with people as (
    select v_me.staff_id as staff_id
    union
    select v.absent_id from core.cover v
     where v.school_id = v_me.school_id and v.staff_id = v_me.staff_id and v.ended_at is null
       and v_me.now >= v.valid_from and v_me.now < v.valid_until
  ), due as (
    select 'task' as kind, t.task_id, t.title, t.owner_id, t.due_on, t.case_id
      from core.case_task t join people p on p.staff_id = t.owner_id
     where t.school_id = v_me.school_id and t.state = 'open' and (t.due_on is null or t.due_on <= v_until)
    union all
    select x.kind, null, x.title, c.owner_id, x.due_on, c.case_id
      from core.case_file c
      join people p on p.staff_id = c.owner_id
     cross join lateral (values ('follow_up', 'Follow up', c.follow_up_on), ('case', 'Deal with the case', c.due_on),
                                ('wake', 'Awake again', c.snooze_until)) x(kind, title, due_on)
     where c.school_id = v_me.school_id and c.state not in ('resolved', 'merged') and x.due_on <= v_until
  )
  select coalesce(jsonb_agg(jsonb_build_object(
           'kind', d.kind, 'task', d.task_id, 'title', d.title, 'owner', core.staff_ref(v_me.school_id, d.owner_id), 'due_on',
             d.due_on,
           'overdue', coalesce(d.due_on < v_day, false), 'case', c.case_id, 'state', c.state, 'severity',
             core.severity_name(c.severity),
           'revision', c.revision, 'student', core.student_ref(s))
           order by d.due_on nulls last, c.severity desc, c.case_id, d.kind, d.task_id), '[]'),
         coalesce(array_agg(distinct c.student_id), '{}')
    into v_items, v_students
    from due d
    join core.case_file c on c.school_id = v_me.school_id and c.case_id = d.case_id
    join core.student s on s.school_id = c.school_id and s.student_id = c.student_id;
  return core.reply_list(v_me, p_args, v_items, null, jsonb_array_length(v_items), v_students,
                         '{kind,title,owner.name,due_on,overdue,case,state,severity,student.student_id,student.given_name,'
                         'student.family_name}');
end
$$;
