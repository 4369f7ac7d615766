-- An expression of a policy from the values of its clauses ({path: true|false|null}), by Kleene's rules: null where what is known
-- does not settle it.
create or replace function core.policy_truth(p_node jsonb, p_path text, p_values jsonb) returns bool
  language plpgsql immutable as $$
declare
  v_kind constant text := case when p_node ? 'all' then 'all' when p_node ? 'any' then 'any' when p_node ? 'not' then 'not' end;
  v_settles constant bool := v_kind = 'any'; -- what one alone settles the whole by
  v_truth bool;
  v_unknown bool := false;
begin
  if v_kind is null then
    return (p_values ->> (p_path || '/' || (select k from jsonb_object_keys(p_node) k)))::bool;
  elsif v_kind = 'not' then
    return not core.policy_truth(p_node -> 'not', p_path || '/not', p_values);
  end if;
  for v_n in 0 .. jsonb_array_length(p_node -> v_kind) - 1 loop
    v_truth := core.policy_truth(p_node -> v_kind -> v_n, p_path || '/' || v_kind || '/' || v_n, p_values);
    if v_truth = v_settles then
      return v_settles;
    end if;
    v_unknown := v_unknown or v_truth is null;
  end loop;
  return case when not v_unknown then not v_settles end;
end
$$;
