-- Reminds the owner of an open case, and whoever covers for the owner, of a follow-up: reminder_days before its day, once for each
-- day that was set. Days that are more than a week past are left to the queue. Gives how many are new.
create or replace function core.post_follow_ups(p_school int4, p_now timestamptz) returns int4
  language plpgsql as $$
declare
  c_lists_only constant int4 := 0; -- one mail a day with all of them
  c_latest_days constant int4 := 7;
  v_ahead constant int4 := core.setting(p_school, 'reminder_days');
  v_zone constant text := (select z.zone from core.school z where z.school_id = p_school);
  v_day constant date := (p_now at time zone v_zone)::date;
  v_person record;
  v_new int4 := 0;
begin
  for v_person in
    with due as materialized (
      select c.case_id, c.student_id, c.follow_up_on
        from core.case_file c
       where c.school_id = p_school and c.state not in ('resolved', 'merged') and not c.exam_taken
         and c.follow_up_on between v_day - c_latest_days and v_day + v_ahead
         and not coalesce((c.acted_at at time zone v_zone)::date >= c.follow_up_on, false)
    )
    select k.staff_id, jsonb_agg(jsonb_build_object(
             'key', format('follow_up/%s/%s', d.case_id, d.follow_up_on), 'student_id', d.student_id, 'case_id', d.case_id,
             'text', format('The follow-up of %s is due.', d.follow_up_on)) order by d.follow_up_on, d.case_id) as things
      from core.post_keepers(p_school, (select array_agg(x.student_id) from due x), p_now) k
      join due d on d.student_id = k.student_id and d.case_id = k.case_id
      left join core.mail_choice w on w.school_id = p_school and w.staff_id = k.staff_id
     where k.why = 'owner' and coalesce(w.reminder, true)
     group by k.staff_id order by k.staff_id
  loop
    v_new := v_new + core.post_tell(p_school, 'reminder', v_person.staff_id, v_person.things, c_lists_only, p_now);
  end loop;
  return v_new;
end
$$;
