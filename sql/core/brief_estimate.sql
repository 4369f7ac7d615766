-- An estimate of a night as part of a sentence: "P(pass) is 34 % (80 % interval 20 % to 51 %)", or why nothing can be said.
-- p_thin: see core.model_lines.
create or replace function core.brief_estimate(p_estimate core.estimate_night, p_thin float8) returns text
  language sql stable parallel safe as $$
  select case when (p_estimate).state is null then 'there is no estimate'
              when (p_estimate).state <> 4 then
                format('P(pass) is %s (80 %% interval %s)', core.percent((p_estimate).p),
                       core.interval_words((p_estimate).p_low, (p_estimate).p_high))
              else 'nothing can be said: ' ||
                case core.cannot_say_why((p_estimate).state, (p_estimate).results_used, (p_estimate).exam_sd, p_thin,
                                         (p_estimate).last_check_at)
                  when 'no_results' then 'there are no results' when 'too_wide' then 'the estimate is too wide'
                  when 'no_check' then 'there is no readiness check' else 'the last readiness check is too old' end end
$$;
