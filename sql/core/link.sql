-- The query of a list that has what a mark of a chart stands for: "class_year=2028&state=at_risk". Members that are null are left
-- out; the values are codes, numbers and days, which need no escaping. Null leads nowhere (core.cohort_least).
create or replace function core.link(p_query jsonb) returns text
  language sql immutable strict parallel safe as $$
  select coalesce(string_agg(q.key || '=' || q.value, '&' order by q.key), '') from jsonb_each_text(p_query) q
    where q.value is not null
$$;
