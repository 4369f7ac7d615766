-- The versions of the model's parameters, the newest first: what each was fitted on, what it is worth on students it had not seen,
-- who put it in force when and why, and the latest preview against the set in force now. GET /api/v1/model/versions
--
-- Who: sg_office. Ground: no student's data in it. Locks: none.
create or replace function api.model_versions(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'model_read');
  v_force int4;
begin
  perform core.args_known(p_args, '{}');
  select s.parameters_id into v_force from core.school s where s.school_id = v_me.school_id;
  return core.reply(jsonb_build_object(
    'in_force', (select p.version from ops.parameter_set p where p.school_id = v_me.school_id and p.parameters_id = v_force),
    'preview_hours', core.setting(v_me.school_id, 'preview_hours'),
    'items', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'version', p.version, 'in_force', p.parameters_id is not distinct from v_force, 'added_at', p.added_at,
               'added_by', p.added_by, 'note', p.note, 'fitted_on', p.fitted_on, 'held_out', p.held_out,
               'sha256', encode(p.sha256, 'hex'),
               'activations', (
                 select coalesce(jsonb_agg(jsonb_build_object(
                          'at', a.activated_at, 'by', core.staff_ref(a.school_id, a.staff_id), 'actor', a.actor, 'reason', a.reason,
                          'replaced', (select b.version from ops.parameter_set b
                                        where b.school_id = a.school_id and b.parameters_id = a.previous_id),
                          'preview', a.job_id::text) order by a.activation_id desc), '[]')
                   from ops.parameter_activation a where a.school_id = p.school_id and a.parameters_id = p.parameters_id),
               'preview', (select jsonb_build_object('job', j.job_id::text, 'state', j.state, 'asked_at', j.asked_at,
                                                     'finished_at', j.finished_at)
                             from ops.job j
                            where j.school_id = p.school_id and j.kind = 'preview'
                              and (j.args ->> 'proposed_id')::int4 = p.parameters_id
                              and (j.args ->> 'base_id')::int4 = v_force and j.state <> 'cancelled'
                            order by j.job_id desc limit 1)) order by p.parameters_id desc), '[]')
        from ops.parameter_set p where p.school_id = v_me.school_id)), '{}', v_me.ground);
end
$$;
