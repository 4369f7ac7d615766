-- The word for a state (State in stepguard.proto, risk_state_name()).
create or replace function core.state_name(p_state int2) returns text
  language sql immutable as $$
  select (array['at_risk', 'borderline', 'on_track', 'cannot_say'])[p_state]
$$;
