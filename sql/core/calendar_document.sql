-- A student's page of the calendar: the coming attempt with its days and the rules that made them, what stands against the plan in
-- words, all attempts, and the log of what was said about them, newest first.
create or replace function core.calendar_document(p_me core.me, p_student core.student) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'student', core.student_ref(p_student), 'zone', p_me.zone, 'revision', core.plan_revision(p_me.school_id, p_student.student_id),
    'coming', to_jsonb(r) - '{student_id,rules,breaks}'::text[], 'rules', r.rules,
    'breaks', (select coalesce(jsonb_agg(jsonb_build_object('code', w.code, 'words', w.words) order by array_position(r.breaks,
      w.code)), '[]')
                 from core.calendar_break_words() w where w.code = any (r.breaks)),
    'history', (select jsonb_build_object('moves_later', h.moves_later, 'moves_earlier', h.moves_earlier,
                                          'first_planned_on', h.first_planned_on, 'last_failed_on', h.last_failed_on)
                  from core.plan_history(p_me.school_id, p_student.student_id) h),
    'attempts', (select coalesce(jsonb_agg(jsonb_build_object(
                          'attempt', t.attempt, 'planned_on', t.planned_on, 'permit_from', t.permit_from, 'permit_to', t.permit_to,
                          'dedicated_start', t.dedicated_day, 'taken_on', t.taken_on, 'outcome', (array['pass', 'fail'])[t.outcome],
                          'outcome_known_on', t.outcome_known_on) order by t.attempt), '[]')
                   from core.attempts_of(p_me.school_id, p_student.student_id) t),
    'changes', (select coalesce(jsonb_agg(jsonb_build_object(
                         'made_at', c.made_at, 'by', (array['student', 'office'])[c.source],
                         'action', (array['planned', 'cancelled', 'taken', 'result'])[c.action], 'attempt', c.attempt,
                         'exam_day', c.exam_day, 'permit_from', c.permit_from, 'permit_to', c.permit_to,
                         'dedicated_start', c.dedicated_start, 'outcome', (array['pass', 'fail'])[c.outcome],
                         'outcome_known_on', c.outcome_known_on, 'reason', y.reason, 'staff', core.staff_ref(c.school_id,
                           y.staff_id))
                         order by c.made_at desc, c.change_id desc), '[]')
                  from core.plan_change c
                  left join core.plan_reason y on y.school_id = c.school_id and y.change_id = c.change_id
                 where c.school_id = p_me.school_id and c.student_id = p_student.student_id))
    from core.calendar_rows(p_me.school_id, p_me.now, array[p_student.student_id]) r
$$;
