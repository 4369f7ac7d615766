-- Why the ledger of clearance wants somebody to look at a student, for a person: what a case says (core.clearance_follow) and the
-- brief (core.brief_clearance). p_day: of the decision, or by which the policy wants it met.
create or replace function core.clearance_sentence(p_code text, p_day date, p_days int4 default null) returns text
  language sql stable parallel safe as $$
  select case p_code
    when 'clearance_worse' then format('Cleared on %s; what that rested on fell since.', p_day)
    when 'clearance_overdue' then format('The policy wanted it met by %s; it is not, and nobody has decided.', p_day)
    when 'clearance_undecided' then format('The policy wanted it met by %s; nobody has decided.', p_day)
    when 'clearance_due' then format('The policy wants it met by %s, %s; nobody has decided.', p_day, core.days_words(p_days)) end
$$;
