-- What this student said of their studying, for the student's own devices: the newest goals (kind 1) and of each of the last
-- weeks the check-in that counts (2), newest first. One row with the verdict alone where the certificate does not speak for this
-- student (core.verdicts); no row where nothing was said.
--
-- Who: sg_student. Ground: the student's own certificate. Locks: none.
create or replace function api.study_of(p_school int4, p_student int8, p_device int8, p_serial bytea, p_goals int4, p_weeks int4)
  returns table (verdict int2, entry_id uuid, kind int2, made_at timestamptz, day date, minutes int4, questions int4, checks int4,
                 reviewed int2, confidence int2)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_verdict int2;
begin
  perform core.enter(array[p_school]);
  select v.verdict into v_verdict
    from core.verdicts(array[row(p_school, p_student, p_device, p_serial, 0)::api.upload_row]) v;
  if v_verdict <> 0 then
    return query select v_verdict, null::uuid, null::int2, null::timestamptz, null::date, null::int4, null::int4, null::int4,
                        null::int2, null::int2;
    return;
  end if;
  return query
    select 0::int2, e.*
      from (select * from (
              select g.goal_id, 1::int2, g.set_at, g.from_day, g.review_minutes_a_week, g.questions_a_week, g.checks_a_week,
                     null::int2, null::int2
                from core.study_goal g
               where g.school_id = p_school and g.student_id = p_student
               order by g.set_at desc, g.goal_id desc limit p_goals) goals
            union all
            select * from (
              select c.checkin_id, 2::int2, c.made_at, c.week_from, c.study_minutes, c.questions, null::int4, c.reviewed_percent,
                     c.confidence_percent
                from core.study_weeks(p_school, array[p_student], '-infinity') c
               order by c.week_from desc limit p_weeks) weeks) e(entry_id, kind, made_at, day, minutes, questions, checks, reviewed,
                                                                 confidence)
     order by e.made_at desc, e.entry_id desc;
end
$$;
