-- The clauses of a policy that look at something, by their path in the document: those of "require", and of "conditional/when".
create or replace function core.policy_leaves(p_rule jsonb) returns table (path text, kind text, spec jsonb)
  language sql immutable parallel safe as $$
  with recursive tree(path, node) as (
    select x.path, x.node
      from (values ('/require', p_rule -> 'require'), ('/conditional/when', p_rule #> '{conditional,when}')) x(path, node)
     where x.node is not null
    union all
    select t.path || x.step, x.node
      from tree t
     cross join lateral (
            select '/all/' || (e.n - 1), e.value from jsonb_array_elements(t.node -> 'all') with ordinality e(value, n)
            union all
            select '/any/' || (e.n - 1), e.value from jsonb_array_elements(t.node -> 'any') with ordinality e(value, n)
            union all
            select '/not', t.node -> 'not' where t.node ? 'not') x(step, node)
  )
  select t.path || '/' || k.kind, k.kind, t.node -> k.kind
    from tree t
   cross join lateral (select jsonb_object_keys(t.node) as kind) k
   where k.kind not in ('all', 'any', 'not')
$$;
