-- Classes and track of a figure as members of core.link; null members where any will do.
create or replace function core.cohort_filter(p_years int2[], p_track int2) returns jsonb
  language sql immutable parallel safe
  return jsonb_build_object('class_year', array_to_string(array_replace(p_years::text[], '0', 'none'), ','), 'track',
    (array['us_md', 'us_do', 'non_us'])[p_track + 1]);
