-- What happened around one student, unordered; api.student_timeline says of what kinds. Each kind is one branch: a new table that
-- has something to tell gets another.
drop function if exists core.timeline_of(core.student); -- it did not know who reads
create or replace function core.timeline_of(p_me core.me, p_student core.student)
  returns table (at timestamptz, kind text, staff_id int8, detail jsonb)
  language sql stable as $$
  select r.taken_at, 'result', null::int8, jsonb_build_object('instrument', r.instrument, 'form', r.form,
           'score', r.score_centi / 100.0::float8)
    from core.result r
   where r.school_id::int8 = p_student.school_id and r.student_id = p_student.student_id and r.revision = 0
  union all
  select r.received_at, 'correction', null, jsonb_build_object('instrument', r.instrument, 'form', r.form, 'taken_at', r.taken_at,
           'score', r.score_centi / 100.0::float8, 'retracted', r.retracted)
    from core.result r
   where r.school_id::int8 = p_student.school_id and r.student_id = p_student.student_id and r.revision > 0
  union all
  select c.made_at, 'exam', null, jsonb_build_object('action', (array['planned', 'cancelled', 'taken', 'outcome'])[c.action],
           'attempt', c.attempt, 'day', c.exam_day, 'outcome', (array['pass', 'fail'])[c.outcome],
           'source', (array['student', 'office'])[c.source])
    from core.plan_change c
   where c.school_id = p_student.school_id and c.student_id = p_student.student_id
  union all
  select f.opened_at, 'flag_opened', null, jsonb_build_object('code', f.code, 'severity', core.severity_name(f.severity),
           'text', f.text)
    from core.flag f
   where f.school_id = p_student.school_id and f.student_id = p_student.student_id
  union all
  select f.closed_at, 'flag_closed', null, jsonb_build_object('code', f.code)
    from core.flag f
   where f.school_id = p_student.school_id and f.student_id = p_student.student_id and f.closed_at is not null
  union all
  select e.at, 'case', e.staff_id, jsonb_build_object('case', e.case_id, 'verb', e.verb, 'from', e.from_state, 'to', e.to_state)
    from core.case_event e
   where e.school_id = p_student.school_id and e.student_id = p_student.student_id and e.verb <> 'contact'
     and not core.note_step_hidden(p_me, e)
  union all
  select c.at, 'contact', c.staff_id, jsonb_build_object('case', c.case_id, 'channel', c.channel, 'outcome', c.outcome,
           'on', c.on_day)
    from core.case_contact c
   where c.school_id = p_student.school_id and c.student_id = p_student.student_id
  union all
  select c.decided_at, 'clearance', c.staff_id, jsonb_build_object('attempt', c.attempt, 'state', c.state, 'proposal', c.proposal)
    from core.clearance c
   where c.school_id = p_student.school_id and c.student_id = p_student.student_id
  union all
  select n.as_of, 'state', null, jsonb_build_object('night', n.night, 'from', core.state_name(n.before),
           'to', core.state_name(n.state), 'p', n.p)
    from (select o.as_of, e.night, e.state, e.p, lag(e.state) over (order by e.night) as before
            from ops.night o
            join core.estimate_night e on e.school_id = o.school_id and e.night = o.night and e.student_id = p_student.student_id
           where o.school_id = p_student.school_id) n
   where n.state is distinct from n.before
$$;
