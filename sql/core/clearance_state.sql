-- Where a student stands in the ledger for an attempt, now: 'cleared', 'conditional', 'not_cleared', 'waived' or 'undecided' (no
-- decision, one taken back, or one that has run out). Cheap: one look into one index.
create or replace function core.clearance_state(p_school int4, p_student int8, p_attempt int2) returns text
  language sql stable as $$
  select coalesce((
    select case when c.valid_until < (core.now() at time zone z.zone)::date then 'undecided' else c.state end
      from core.clearance c
      join core.school z on z.school_id = c.school_id
     where c.school_id = p_school and c.student_id = p_student and c.attempt = p_attempt
     order by c.revision desc
     limit 1), 'undecided')
$$;
