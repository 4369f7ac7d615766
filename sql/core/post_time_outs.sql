-- Cases on which nobody acted in time (verb time_out of core.case_sweep), once each: whoever keeps the case is reminded, and when
-- escalate_h later still nobody has acted, the fallback owner is told. Where nobody keeps it, the fallback owner is told at once.
-- What timed out more than a week ago is left to the queue, where it stands on top: switching the mail on tells of no old ones.
-- Gives how many reminders and escalations are new.
create or replace function core.post_time_outs(p_school int4, p_now timestamptz, out reminded int4, out escalated int4)
  language plpgsql as $$
declare
  c_lists_only constant int4 := 0; -- one mail a day with all of them
  c_latest constant interval := '7 days'; -- practice.md: repeating stops after 7 days
  v_patience constant interval := core.setting(p_school, 'escalate_h') * interval '1 h';
  v_person record;
begin
  reminded := 0;
  escalated := 0;
  for v_person in
    with late as materialized (
      select e.event_id, e.case_id, e.student_id, e.at
        from core.case_file c
        join core.case_event e on e.school_id = c.school_id and e.case_id = c.case_id and e.verb = 'time_out'
       where c.school_id = p_school and c.state = 'escalating' and e.at > p_now - c_latest and e.at <= p_now
         and coalesce(c.acted_at < e.at, true)
         and e.event_id = (select max(x.event_id) from core.case_event x
                            where x.school_id = c.school_id and x.case_id = c.case_id and x.verb = 'time_out')
    ), kept as materialized (
      select l.*, k.staff_id, k.why
        from core.post_keepers(p_school, (select array_agg(x.student_id) from late x), p_now) k
        join late l on l.student_id = k.student_id and l.case_id = k.case_id
    ), told as (
      select 'reminder' as kind, k.staff_id, k.event_id, k.case_id, k.student_id, 'Nobody acted on this case in time.' as text
        from kept k where k.why <> 'fallback'
      union
      select 'escalation', f.staff_id, l.event_id, l.case_id, l.student_id,
             'Nobody acted on this case in time, and nobody has since its owner was reminded.'
        from late l
       cross join core.post_fallback(p_school) f
       where (l.at + v_patience <= p_now
              and not exists (select from kept k where k.event_id = l.event_id and k.staff_id = f.staff_id and k.why <> 'fallback'))
          or exists (select from kept k where k.event_id = l.event_id and k.why = 'fallback')
    )
    select t.kind, t.staff_id, jsonb_agg(jsonb_build_object('key', format('time_out/%s', t.event_id), 'student_id', t.student_id,
                                                            'case_id', t.case_id, 'text', t.text) order by t.event_id) as things
      from told t
      left join core.mail_choice w on w.school_id = p_school and w.staff_id = t.staff_id
     where t.kind = 'escalation' or coalesce(w.reminder, true)
     group by t.kind, t.staff_id order by t.kind, t.staff_id
  loop
    if v_person.kind = 'reminder' then
      reminded := reminded + core.post_tell(p_school, 'reminder', v_person.staff_id, v_person.things, c_lists_only, p_now);
    else
      escalated := escalated + core.post_tell(p_school, 'escalation', v_person.staff_id, v_person.things, c_lists_only, p_now);
    end if;
  end loop;
end
$$;
