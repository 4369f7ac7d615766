-- The gentle reminder to students from whom nothing came for silent_days: in the school's own words (ops.mail_text), once for each
-- silence. Off unless student_reminder_on. None to who is on leave or away from the roster, whose rule of silence is muted, whose
-- exam is sat or passed, or while the feed is stale: then the silence is ours. At most as many at once as a mail relay bears; the
-- rest come with the next sweep. Gives how many.
create or replace function core.post_students(p_school int4, p_now timestamptz) returns int4
  language plpgsql as $$
declare
  c_at_once constant int4 := 500;
  v_days constant int4 := core.setting(p_school, 'silent_days');
  v_text ops.mail_text;
  v_student record;
  v_new int4 := 0;
begin
  select * into v_text from ops.mail_text t
   where t.school_id = p_school and t.kind = 'student_reminder' order by t.version desc limit 1;
  if core.setting(p_school, 'student_reminder_on') <> 1 or v_text.version is null
     or exists (select from ops.alert a where a.school_id = p_school and a.kind = 'feed_stale' and a.until is null) then
    return 0;
  end if;
  for v_student in
    with silent as materialized (
      select s.student_id, s.email, p.last_sync_at, coalesce(k.taken, false) as taken,
             format('student/%s/silent/%s', s.student_id, extract(epoch from p.last_sync_at)) as key
        from core.progress p
        join core.student s on s.school_id = p.school_id and s.student_id = p.student_id and s.status = 'active' and s.email <> ''
        left join core.attempt_fact k on k.school_id = s.school_id and k.student_id = s.student_id
       where p.school_id = p_school and p.last_sync_at < p_now - v_days * interval '1 day'
         and not coalesce(k.passed, false) and not coalesce(k.taken, false)
         and not exists (select from ops.message m
                          where m.school_id = p_school
                            and m.dedup_key = format('student/%s/silent/%s', s.student_id, extract(epoch from p.last_sync_at)))
    ), muted as materialized (
      select m.student_id
        from core.mutes_of((select array_agg(p_school) from silent), (select array_agg(x.student_id) from silent x),
                           (select array_agg(x.taken) from silent x), p_now) m
       where m.code = 'gone_silent'
    )
    select * from silent s where s.student_id not in (select m.student_id from muted m) order by s.student_id limit c_at_once
  loop
    if core.post_put(p_school, 'student_reminder', v_student.key, v_student.email,
                     jsonb_build_object('subject', v_text.subject, 'body', replace(replace(v_text.body, '{days}',
                       (extract(epoch from p_now - v_student.last_sync_at)::int8 / 86400)::text), '{school}',
                       (select s.name from core.school s where s.school_id = p_school)), 'version', v_text.version),
                     p_now, core.post_not_before(p_school, p_now), p_student => v_student.student_id) is not null then
      v_new := v_new + 1;
    end if;
  end loop;
  return v_new;
end
$$;
