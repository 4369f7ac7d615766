-- The cases of a school as they stood at a moment, from their history: state, and by which verb it came to that, and when. A case
-- is there from the moment of the estimate that gave its first reason, also where it was written down later: a night's run opens
-- cases after the night. Not those that were merged. What a case keeps no history of (owner, due day, follow-up) is not here.
create or replace function core.cases_at(p_school int4, p_as_of timestamptz)
  returns table (case_id int8, student_id int8, attempt int2, state text, verb text, since timestamptz)
  language sql stable as $$
  select c.case_id, c.student_id, c.attempt, e.to_state, e.verb, e.at
    from core.case_file c
   cross join lateral (
          select v.to_state, v.verb, v.at
            from core.case_event v
           where v.school_id = c.school_id and v.case_id = c.case_id and v.at <= p_as_of
             and v.from_state is distinct from v.to_state
           order by v.event_id desc limit 1) e
   where c.school_id = p_school and c.opened_at <= p_as_of and e.to_state <> 'merged'
  union all
  select c.case_id, c.student_id, c.attempt, 'new', 'open', r.since
    from core.case_file c
   cross join lateral (
          select min(coalesce(f.opened_at, r.opened_at)) as since
            from core.case_reason r
            left join core.flag f on f.school_id = r.school_id and f.flag_id = r.flag_id
           where r.school_id = c.school_id and r.case_id = c.case_id) r
   where c.school_id = p_school and c.opened_at > p_as_of and r.since <= p_as_of and c.state <> 'merged'
$$;
