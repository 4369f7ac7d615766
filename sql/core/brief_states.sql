-- How many students are in each state, as a document says it.
create or replace function core.brief_states(p_at_risk int8, p_borderline int8, p_on_track int8, p_cannot_say int8) returns jsonb
  language sql immutable parallel safe
  return jsonb_build_object('at_risk', p_at_risk, 'borderline', p_borderline, 'on_track', p_on_track, 'cannot_say', p_cannot_say);
