-- A person does something to a case: acknowledge, contact, watch, resolve, note, …: the verbs, their members and where they lead
-- are core.case_verbs() and core.case_transitions(). POST /api/v1/cases/{case}/{verb}
--
-- Who: sg_office, right "casework"; "assign" and "merge": right "assign". Ground: the person's own. Locks: see core.case_act.
create or replace function api.case_act(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, core.case_right(p_args ->> 'verb'), p_write => true);
  v_case core.case_file;
begin
  perform core.args_known(p_args - 'body', '{case,verb}');
  if not exists (select from core.case_verbs() v where v.verb = p_args ->> 'verb') then
    perform core.refuse(404, 'not_found', 'Cases know no such verb.', 'verb');
  end if;
  v_case := core.case_find(v_me, core.arg_number(p_args, 'case', null, 1, 999999999999));
  return core.reply(core.case_act(v_me, v_case.case_id, p_args ->> 'verb', coalesce(p_args -> 'body', '{}')),
                    array[v_case.student_id], core.ground_for(v_me, v_case.student_id));
end
$$;
