-- So many days from the day that is spoken of: "today", "tomorrow", "in 12 days", "3 days before" (when_days in server/base/when.c,
-- but that a document is read later than it is written).
create or replace function core.days_words(p_days int4) returns text
  language sql stable parallel safe
  return case when p_days = 0 then 'today' when p_days = 1 then 'tomorrow' when p_days = -1 then 'the day before'
              when p_days > 1 then format('in %s days', p_days) else format('%s days before', -p_days) end;
