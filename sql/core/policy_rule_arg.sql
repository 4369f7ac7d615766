-- The rule of a request's body, checked whole; 422 with the path of the first fault as field ("rule/require/all/0/checks/at_least")
-- and all of them as "problems".
create or replace function core.policy_rule_arg(p_body jsonb) returns jsonb
  language plpgsql immutable as $$
declare
  v_problems jsonb;
begin
  if p_body -> 'rule' is null then
    perform core.refuse(422, 'missing', '"rule" is missing.', 'rule');
  end if;
  select jsonb_agg(jsonb_build_object('path', 'rule' || f.path, 'words', f.words)) into v_problems
    from core.policy_problems(p_body -> 'rule') f;
  if v_problems is not null then
    perform core.refuse(422, 'invalid', v_problems #>> '{0,words}', v_problems #>> '{0,path}',
      'The language is in /api/v1/openapi.json, schema PolicyRule.',
                        jsonb_build_object('problems', v_problems));
  end if;
  return p_body -> 'rule';
end
$$;
