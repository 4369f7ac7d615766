-- Which rules are muted for these students at a time, and by what: core.rule_mutes() with the events that are in force on the
-- school's day. p_taken: of each student, whether the exam is sat. Needs the students in scope; the alert of a stale feed is the
-- school's.
create or replace function core.mutes_of(p_schools int4[], p_students int8[], p_taken bool[], p_at timestamptz)
  returns table (school_id int4, student_id int8, code text, kind text, reason text, until date)
  language sql stable as $$
  select k.school_id, k.student_id, m.code, m.kind, m.reason, e.until
    from unnest(p_schools, p_students, p_taken) k(school_id, student_id, taken)
    join core.school s on s.school_id = k.school_id
   cross join lateral (
          select l.kind, l.ends_on as until
            from core.life_event l
           where l.school_id = k.school_id and l.student_id = k.student_id and l.withdrawn_at is null
             and (p_at at time zone s.zone)::date between l.starts_on and coalesce(l.ends_on, 'infinity')
          union all
          select 'exam_taken', null where k.taken
          union all
          select 'feed_stale', null
            from ops.alert a where a.school_id = k.school_id and a.kind = 'feed_stale' and a.until is null) e
    join core.rule_mutes() m on m.kind = e.kind
$$;
