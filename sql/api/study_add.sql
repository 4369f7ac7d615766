-- Takes down a student's goal for a week (p_kind 1) or a check-in on one (2). The same entry twice counts once (status 2); with
-- other content it is a conflict (3). Another student's entry of the same id is another entry. What the numbers may be was looked
-- at before (proto/study.c) and is held to by the tables. A goal has p_checks, and p_minutes of review, a check-in p_minutes of
-- study and the two shares.
--
-- Who: sg_student. Ground: the student's own certificate, judged again. Locks: the new row, then the student's progress row, as
-- flags rest on it.
create or replace function api.study_add(p_school int4, p_student int8, p_device int8, p_serial bytea, p_entry uuid, p_kind int2,
                                         p_made_at timestamptz, p_day date, p_minutes int4, p_questions int4, p_checks int4,
                                         p_reviewed int2, p_confidence int2)
  returns table (verdict int2, status int2)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  perform core.enter(array[p_school]);
  select v.verdict into verdict
    from core.verdicts(array[row(p_school, p_student, p_device, p_serial, 0)::api.upload_row]) v;
  if verdict <> 0 then
    return next;
    return;
  end if;
  if p_kind = 1 then
    insert into core.study_goal (school_id, student_id, goal_id, set_at, from_day, questions_a_week, checks_a_week,
                                 review_minutes_a_week, device_id)
    values (p_school, p_student, p_entry, p_made_at, p_day, p_questions, p_checks, p_minutes, p_device)
        on conflict do nothing;
    status := case when found then 1 else 3 - (
      select (g.set_at, g.from_day, g.questions_a_week, g.checks_a_week, g.review_minutes_a_week)
             is not distinct from (p_made_at, p_day, p_questions, p_checks, p_minutes)
        from core.study_goal g
       where g.school_id = p_school and g.student_id = p_student and g.goal_id = p_entry)::int end;
  else
    insert into core.study_checkin (school_id, student_id, checkin_id, week_from, made_at, study_minutes, questions,
                                    reviewed_percent, confidence_percent, device_id)
    values (p_school, p_student, p_entry, p_day, p_made_at, p_minutes, p_questions, p_reviewed, p_confidence, p_device)
        on conflict do nothing;
    status := case when found then 1 else 3 - (
      select (c.made_at, c.week_from, c.study_minutes, c.questions, c.reviewed_percent, c.confidence_percent)
             is not distinct from (p_made_at, p_day, p_minutes, p_questions, p_reviewed, p_confidence)
        from core.study_checkin c
       where c.school_id = p_school and c.student_id = p_student and c.checkin_id = p_entry)::int end;
  end if;
  return next;
end
$$;
