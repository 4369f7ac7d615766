-- An estimate as one entry of a list: the state, P with its interval, readiness, and what they rest on. All null where there is
-- none.
create or replace function core.estimate_brief(p_estimate core.assessment) returns jsonb
  language sql stable as $$
  select jsonb_build_object('state', core.state_name((p_estimate).state), 'p', (p_estimate).p, 'p_low', (p_estimate).p_low,
                            'p_high', (p_estimate).p_high, 'readiness_mean', (p_estimate).readiness_mean,
                            'readiness_sd', (p_estimate).readiness_sd, 'results_used', (p_estimate).results_used,
                            'as_of', (p_estimate).as_of, 'exam_day', (p_estimate).exam_day,
                            'last_check_at', (p_estimate).last_check_at)
$$;
