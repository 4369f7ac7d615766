-- Shares (core.paper_share) each with its term: [{"term", …}].
create or replace function core.paper_terms(p_terms text[], p_shares jsonb) returns jsonb
  language sql immutable parallel safe as $$
  select coalesce(jsonb_agg(s.one || jsonb_build_object('term', p_terms[s.i]) order by s.i), '[]')
    from jsonb_array_elements(p_shares) with ordinality s(one, i)
$$;
