-- Whether the clauses on the estimate could satisfy an expression (p_negated: could refute it) whatever all others say. Each of
-- them is taken to be what it would need to be, so this errs on the side of yes.
create or replace function core.policy_estimate_alone(p_node jsonb, p_negated bool default false) returns bool
  language plpgsql immutable as $$
declare
  v_kind constant text := (select k from jsonb_object_keys(p_node) k);
begin
  if v_kind = 'not' then
    return core.policy_estimate_alone(p_node -> 'not', not p_negated);
  elsif v_kind in ('all', 'any') then
    return (select case when (v_kind = 'all') <> p_negated then bool_and(t.alone) else bool_or(t.alone) end
              from jsonb_array_elements(p_node -> v_kind) e
             cross join lateral (select core.policy_estimate_alone(e, p_negated) as alone) t);
  end if;
  return v_kind in ('p_pass', 'state');
end
$$;
