-- The state to which a verb leads from a state; null where it does not lead anywhere (core.case_transitions).
create or replace function core.case_next(p_state text, p_verb text) returns text
  language sql immutable parallel safe as $$
  select t.next from core.case_transitions() t where t.state = p_state and t.verb = p_verb
$$;
