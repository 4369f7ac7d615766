-- Policies to start a draft from. GET /api/v1/policies/examples
--
-- Who: sg_office, right "policy". Ground: none, it is about no student. Locks: none.
create or replace function api.policy_examples(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'policy');
  v_items jsonb;
begin
  perform core.args_known(p_args, '{format}');
  select jsonb_agg(jsonb_build_object('name', e.name, 'tags', e.tags, 'words', e.words, 'rule', e.rule)
    order by e.name) into v_items
    from core.policy_examples() e;
  return core.reply_list(v_me, p_args, v_items, null, jsonb_array_length(v_items), null, '{name,words}');
end
$$;
