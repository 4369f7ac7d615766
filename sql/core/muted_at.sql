-- Which rules are muted at a school at a moment, of all students at once: core.mutes_of() without the reasons, for lists of
-- thousands. student_id null: of everybody (nothing arrives). Who passed counts as having sat.
create or replace function core.muted_at(p_school int4, p_as_of timestamptz) returns table (student_id int8, code text)
  language sql stable as $$
  select l.student_id, m.code
    from core.school s
    join core.life_event l on l.school_id = s.school_id and l.withdrawn_at is null
                          and (p_as_of at time zone s.zone)::date between l.starts_on and coalesce(l.ends_on, 'infinity')
    join core.rule_mutes() m on m.kind = l.kind
   where s.school_id = p_school
  union all
  select a.student_id, m.code
    from core.attempt_fact a
    join core.rule_mutes() m on m.kind = 'exam_taken'
   where a.school_id = p_school and (a.taken or a.passed)
  union all
  select null, m.code
    from core.rule_mutes() m
   where m.kind = 'feed_stale'
     and exists (select from ops.alert a where a.school_id = p_school and a.kind = 'feed_stale' and a.until is null)
$$;
