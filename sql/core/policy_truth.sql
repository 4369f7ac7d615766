-- An expression of a policy from the values of its clauses ({path: true|false|null}), by Kleene's rules: null where what is known
-- does not settle it.
create or replace function core.policy_truth(p_node jsonb, p_path text, p_values jsonb) returns bool
  language plpgsql immutable as $$
declare
  v_kind constant text := (select k from jsonb_object_keys(p_node) k);
  v_truth bool;
begin
  if v_kind = 'not' then
    return not core.policy_truth(p_node -> 'not', p_path || '/not', p_values);
  elsif v_kind in ('all', 'any') then
    select case when v_kind = 'all' then case when bool_or(not t.truth) then false when bool_or(t.truth is null) then null
      else true end
                else case when bool_or(t.truth) then true when bool_or(t.truth is null) then null else false end end
      into v_truth
      from jsonb_array_elements(p_node -> v_kind) with ordinality e(value, n)
     cross join lateral (select core.policy_truth(e.value, p_path || '/' || v_kind || '/' || (e.n - 1),
       p_values) as truth offset 0) t;
    return v_truth;
  end if;
  return (p_values ->> (p_path || '/' || v_kind))::bool;
end
$$;
