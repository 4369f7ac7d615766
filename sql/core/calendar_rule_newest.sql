-- The newest version of the rule that this one is about (school, code, class, item); null where there is none.
create or replace function core.calendar_rule_newest(p_rule core.calendar_rule) returns core.calendar_rule
  language sql volatile as $$ -- volatile: after a race lost, it must see who won
  select r.* from core.calendar_rule r
   where r.school_id = p_rule.school_id and r.code = p_rule.code and r.class_year is not distinct from p_rule.class_year
     and r.item = p_rule.item
   order by r.revision desc limit 1
$$;
