-- Why a row of the queue stands where it stands, for a person.
create or replace function core.queue_sentence(p_state text, p_hard bool, p_p float8, p_helps float8, p_preventable float8,
  p_until text,
                                               p_last_safe date, p_exam date, p_days int4) returns text
  language sql stable as $$
  select concat_ws(' ',
    case when p_hard then format('Hard deadline: the last safe day is %s, %s.', p_last_safe,
           case p_days when 0 then 'today' when 1 then 'tomorrow' else format('in %s days', p_days) end) end,
    case p_state when 'regressed' then 'It was resolved and fell again.'
                 when 'escalating' then 'It got worse or ran out of time while it waited.' end,
    case when p_p is null then 'No estimate yet: taken as an even chance of failing' else
      format('%s %% risk of failing', round((1 - p_p)::numeric * 100)) end
    || format(' × %s %% that acting still helps%s: %s preventable failures.', round(p_helps::numeric * 100),
         case p_until when 'last_safe_day' then format(' by the last safe day (%s)', p_last_safe)
                      when 'exam_day' then format(' by the exam (%s)%s', p_exam,
                        case when p_last_safe is not null then '; the last safe day is over' else '' end)
                      else ' (no day is set)' end,
         to_char(p_preventable, 'FM0.000')))
$$;
