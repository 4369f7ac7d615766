-- The case that a packet speaks of, the open one or else the newest: its state, why it is there, what was done and planned; without
-- notes, and without what was said. {"state", "state_since", "severity", "opened_on", "owner", "resolution", "reasons": [text],
-- "contacts": [{"on", "channel", "outcome", "by"}], "contacts_n", "plan": [{"kind", "state", "from", "until"}]}; null where there
-- never was one. Contacts are those of all the student's cases: a committee asks what was tried.
create or replace function core.paper_case(p_student core.student, p_zone text, p_most int4) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'state', c.state, 'state_since', (c.state_since at time zone p_zone)::date, 'severity', core.severity_name(c.severity),
    'opened_on', (c.opened_at at time zone p_zone)::date, 'resolution', c.resolution, 'follow_up_on', c.follow_up_on,
    'owner', (select s.name from core.staff s where s.school_id = c.school_id and s.staff_id = c.owner_id),
    'reasons', (select coalesce(jsonb_agg(r.text order by r.severity desc, r.opened_at, r.code), '[]')
                  from core.case_reason r
                 where r.school_id = c.school_id and r.case_id = c.case_id and r.closed_at is null),
    'contacts_n', (select count(*) from core.case_contact k
                    where k.school_id = c.school_id and k.student_id = c.student_id),
    'contacts', (select coalesce(jsonb_agg(jsonb_build_object('on', k.on_day, 'channel', k.channel, 'outcome', k.outcome,
                                                              'by', s.name) order by k.on_day desc, k.contact_id desc), '[]')
                   from (select * from core.case_contact k
                          where k.school_id = c.school_id and k.student_id = c.student_id
                          order by k.on_day desc, k.contact_id desc limit p_most) k
                   left join core.staff s on s.school_id = k.school_id and s.staff_id = k.staff_id),
    'plan', (select coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'state', i.state, 'from', i.starts_on,
                                                          'until', i.ends_on) order by i.created_at, i.item_id), '[]')
               from core.case_plan_item i
              where i.school_id = c.school_id and i.case_id = c.case_id and i.state <> 'dropped'))
    from core.case_file c
   where c.school_id = p_student.school_id and c.student_id = p_student.student_id and c.state <> 'merged'
   order by c.state = 'resolved', c.attempt desc, c.case_id desc limit 1
$$;
