-- Puts a version of the parameters in force; going back to an earlier one is the same.
-- POST /api/v1/model/versions/{version}/promote
--
-- {"reason": a sentence, "replaces": the version in force that the person saw}. Refused without a preview of this version against
-- the set in force that came to its end in the last preview_hours: data change all day, so "since the last change" would never be,
-- and a day's results move few. Everybody's estimate is stale from here on, and the daemons make them anew.
--
-- 409 conflict: another version was put in force meanwhile; 409 in_force; 409 no_preview.
--
-- Who: sg_office. Ground: no student's record is in it; all are computed anew. Locks: the school's row, all its progress rows in
-- key order.
create or replace function api.model_promote(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'model', p_write => true, p_step_up => true);
  v_reason text;
  v_replaces text;
  v_set ops.parameter_set;
  v_base ops.parameter_set;
  v_job int8;
begin
  perform core.args_known(p_args, '{version}', '{reason,replaces}');
  v_reason := core.arg(p_args -> 'body', 'reason', true, 500);
  v_replaces := core.arg(p_args -> 'body', 'replaces', true, 31);
  v_set := core.parameters_named(v_me, core.arg(p_args, 'version', true, 31), 'version');
  perform from core.school s where s.school_id = v_me.school_id for no key update;
  select p.* into v_base
    from core.school s join ops.parameter_set p on p.school_id = s.school_id and p.parameters_id = s.parameters_id
   where s.school_id = v_me.school_id;
  if v_base.version is distinct from v_replaces then
    perform core.conflict(jsonb_build_object('in_force', v_base.version));
  elsif v_base.parameters_id = v_set.parameters_id then
    perform core.refuse(409, 'in_force', 'This version is in force already.', 'version');
  end if;
  select max(j.job_id) into v_job from ops.job j
   where j.school_id = v_me.school_id and j.kind = 'preview' and j.state = 'done'
     and (j.args ->> 'proposed_id')::int4 = v_set.parameters_id and (j.args ->> 'base_id')::int4 = v_base.parameters_id
     and j.finished_at > v_me.now - core.setting(v_me.school_id, 'preview_hours') * interval '1 h';
  if v_job is null then
    perform core.refuse(409, 'no_preview', 'Nobody has looked at who would change state.', 'version',
                        format('Ask for a preview; it is good for %s hours.', core.setting(v_me.school_id, 'preview_hours')));
  end if;
  perform core.parameters_activate(v_me.school_id, v_set.parameters_id, v_me.staff_id, v_me.name, v_reason, v_job);
  perform core.note_done(v_me, 'model_promote', '{}',
                         jsonb_build_object('version', v_set.version, 'replaced', v_base.version, 'reason', v_reason,
                                            'preview', v_job));
  return core.reply(jsonb_build_object('in_force', v_set.version, 'replaced', v_base.version), '{}', v_me.ground);
end
$$;
