-- Asks who would change state if another version of the parameters were put in force. POST /api/v1/model/versions/{version}/preview
-- 202 with the job (api.job_show).
--
-- Who: sg_office. Ground: figures; who may see records sees the students. Locks: the school's row.
create or replace function api.model_preview(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'model', p_write => true);
  v_set ops.parameter_set;
  v_base ops.parameter_set;
  v_job int8;
begin
  perform core.args_known(p_args, '{version}');
  v_set := core.parameters_named(v_me, core.arg(p_args, 'version', true, 31), 'version');
  select p.* into v_base
    from core.school s join ops.parameter_set p on p.school_id = s.school_id and p.parameters_id = s.parameters_id
   where s.school_id = v_me.school_id;
  if v_base.parameters_id is not distinct from v_set.parameters_id then
    perform core.refuse(409, 'in_force', 'This version is in force already.', 'version');
  end if;
  v_job := core.job_ask(v_me, 'preview', jsonb_build_object('version', v_set.version, 'base', v_base.version,
                                                            'base_id', v_base.parameters_id, 'proposed_id', v_set.parameters_id));
  perform core.note_done(v_me, 'model_preview', '{}', jsonb_build_object('job', v_job, 'version', v_set.version));
  return core.reply(core.job_json((select j from ops.job j where j.school_id = v_me.school_id and j.job_id = v_job), false), '{}',
                    v_me.ground, 202);
end
$$;
