-- A policy, in whatever state, run over the past (core.policy_replay): how many it would have kept waiting each week, whom of those
-- who failed, whom of those who passed. Figures without names. Of the days that are the default the answer may be kept already
-- (core.policy_replay_keep). GET /api/v1/policies/{policy}/replay
--   from, to     days of exams; default: the two years until today; at most 1100 days
--
-- Who: sg_office, right "policy". Ground: the school's own figures. Locks: none.
create or replace function api.policy_replay(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_days_most constant int4 := 1100; -- three classes
  v_me core.me := core.staff_enter(p_caller, 'policy');
  v_policy core.policy;
  v_from date;
  v_to date;
  v_document jsonb;
begin
  perform core.args_known(p_args, '{policy,from,to}');
  v_policy := core.policy_named(v_me, p_args);
  v_to := coalesce(core.arg_day(p_args, 'to'), (v_me.now at time zone v_me.zone)::date);
  v_from := coalesce(core.arg_day(p_args, 'from'), (v_to - interval '2 years')::date);
  if v_to < v_from or v_to - v_from > c_days_most then
    perform core.refuse(422, 'invalid', format('"to" must be from 0 to %s days after "from".', c_days_most), 'to');
  end if;
  select k.document into v_document
    from core.policy_replay_kept k
   where k.school_id = v_me.school_id and k.policy_id = v_policy.policy_id and k.revision = v_policy.revision
     and (k.from_on, k.to_on, k.zone) = (v_from, v_to, v_me.zone) and k.mark = core.policy_replay_mark(v_me.school_id);
  return core.reply(jsonb_build_object('policy_id', v_policy.policy_id, 'revision', v_policy.revision)
                    || coalesce(v_document, core.policy_replay(v_me.school_id, v_policy.rule, v_from, v_to)));
end
$$;
