-- Whether a count of some among p_of tells of fewer than p_least people (0: nobody is hidden): those it counts, or those it leaves
-- out. [practice.md: hide near 0 and near 100 %]
create or replace function core.tells_few(p_n numeric, p_of numeric, p_least int4) returns bool
  language sql immutable parallel safe
  return p_n between 1 and p_least - 1 or p_of - p_n between 1 and p_least - 1;
