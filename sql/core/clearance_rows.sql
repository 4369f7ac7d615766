-- Where each student of a school (or of p_students) stands in the ledger, on the school's day at p_as_of: the coming attempt, the
-- policy in force for the class, the decision in force and until when it holds. Without what the software proposes:
-- core.clearance_proposals.
--
-- state is 'undecided' without a decision, after one that was taken back, and when the last one has run out (expired).
-- policy_changed: it was made by another version than the one in force. Its attempt is the coming one: a decision about the attempt
-- before says nothing here.
drop function if exists core.clearance_rows(int4, timestamptz, int8[]);
create function core.clearance_rows(p_school int4, p_as_of timestamptz, p_students int8[] default null)
  returns table (student_id int8, class_year int2, attempt int2, exam_on date, today date, last_safe_on date, passed bool,
    taken bool,
                 breaks text[], policy_id int8, state text, expired bool, decided_state text, decided_revision int4,
                   decided_at timestamptz,
                 valid_until date, decided_by int8, decided_policy int8, policy_changed bool, decided_proposal text,
                   decided_evidence jsonb)
  language sql stable as $$
  select r.student_id, s.class_year, r.attempt, r.exam_on, r.today, r.last_safe_on, r.passed, r.taken, r.breaks, p.policy_id,
         case when d.state is null or d.valid_until < r.today then 'undecided' else d.state end, coalesce(d.valid_until < r.today,
           false),
         d.state, coalesce(d.revision, 0), d.decided_at, d.valid_until, d.staff_id, d.policy_id,
         d.revision is not null and d.policy_id is distinct from p.policy_id, d.proposal, d.evidence
    from core.calendar_rows(p_school, p_as_of, p_students) r
    join core.student s on s.school_id = p_school and s.student_id = r.student_id
    left join ( -- once for each class
           select y.class_year, (select o.policy_id from core.policy o
                                  where o.school_id = p_school and o.state = 'active' and coalesce(o.class_year,
                                    y.class_year) = y.class_year
                                  order by o.class_year is null limit 1) as policy_id
             from (select distinct coalesce(t.class_year, 0) as class_year from core.student t where t.school_id = p_school) y) p
      on p.class_year = coalesce(s.class_year, 0)
    left join lateral (
           select c.* from core.clearance c
            where c.school_id = p_school and c.student_id = r.student_id and c.attempt = r.attempt
            order by c.revision desc limit 1) d on true
$$;
