-- What this student reports of studying, for the office: the goals that stand on a day, and week by week what was said of it and
-- the goal of questions that stood on its Monday, the newest p_most, newest first. A week of which nothing was said has no row.
create or replace function core.study_document(p_student core.student, p_today date, p_most int4) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'goal', (select jsonb_build_object('from_day', g.from_day, 'set_at', g.set_at, 'questions_a_week', g.questions_a_week,
                                       'checks_a_week', g.checks_a_week, 'review_minutes_a_week', g.review_minutes_a_week)
               from core.study_goal_of(p_student.school_id, p_student.student_id, p_today) g
              where num_nonnulls(g.questions_a_week, g.checks_a_week, g.review_minutes_a_week) > 0),
    'weeks', coalesce((
      select jsonb_agg(jsonb_build_object(
               'week_from', w.week_from, 'made_at', w.made_at, 'questions', w.questions, 'study_minutes', w.study_minutes,
               'reviewed_percent', w.reviewed_percent, 'confidence_percent', w.confidence_percent,
               'questions_goal', (select g.questions_a_week
                                    from core.study_goal_of(p_student.school_id, p_student.student_id, w.week_from) g))
               order by w.week_from desc)
        from (select k.* from core.study_weeks(p_student.school_id, array[p_student.student_id], '-infinity') k
               order by k.week_from desc limit p_most) w), '[]'))
$$;
