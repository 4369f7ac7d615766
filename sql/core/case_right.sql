-- The right that a verb on a case needs. For a word that is no verb: the ordinary one, and the refusal comes later.
create or replace function core.case_right(p_verb text) returns text
  language sql immutable parallel safe as $$
  select coalesce((select min(t.right) from core.case_transitions() t where t.verb = p_verb and t.right <> 'rule'), 'casework')
$$;
