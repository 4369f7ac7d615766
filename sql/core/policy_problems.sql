-- All that is wrong with a policy's document: by the language (core.policy_faults), and what the language cannot say:
--
--   * one result counts once in a clause: an instrument on a scale is listed once
--   * at most 32 clauses
--   * the estimate alone must not satisfy it, whatever the rest says: P(pass) may not be the sole ground of a clearance
create or replace function core.policy_problems(p_rule jsonb) returns table (path text, words text)
  language plpgsql immutable as $$
declare
  c_leaves_most constant int4 := 32;
begin
  return query select f.path, f.words from core.policy_faults(p_rule, '', 'policy') f;
  if found then
    return;
  end if;
  return query
  select l.path || '/of/' || (e.n - 1), 'This instrument stands in the list already, on this scale.'
    from core.policy_leaves(p_rule) l
   cross join lateral jsonb_array_elements(l.spec -> 'of') with ordinality e(value, n)
   where l.kind in ('checks', 'last_check')
     and exists (select from jsonb_array_elements(l.spec -> 'of') with ordinality o(value, n)
                  where o.n < e.n and (o.value ->> 'instrument', o.value ->> 'scale') = (e.value ->> 'instrument',
                    e.value ->> 'scale'));
  if (select count(*) > c_leaves_most from core.policy_leaves(p_rule)) then
    return query select '/require', format('There are more than %s clauses.', c_leaves_most);
  end if;
  if core.policy_estimate_alone(p_rule -> 'require') then
    return query select '/require', 'The estimate alone would satisfy this. Ask for evidence besides it.';
  end if;
end
$$;
