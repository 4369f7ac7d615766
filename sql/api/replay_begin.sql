-- Asks how many cases other thresholds would have opened, caught and missed in the past. POST /api/v1/replays
--
-- {"parameters": {"floor": 0.8, …} numbers of the parameter file to change, "version": a set to start from (that in force unless
-- given), "from","to": days (a year back to the last day that is over), "every_days": 1 to 28 (7), "lead_days": 0 to 180 (14)}. 202
-- with the job (api.job_show). What each name means stands in the parameter file; a value that cannot be makes the job fail with
-- the sentence of the engine's own parser, which has the last word on it.
--
-- Who: sg_office. Ground: figures. Locks: the school's row.
create or replace function api.replay_begin(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_moments_most constant int4 := 1100; -- REPLAY_MOMENTS of server/study/replay.h
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true);
  v_body jsonb := p_args -> 'body';
  v_base ops.parameter_set;
  v_set ops.parameter_set;
  v_changes jsonb := coalesce(v_body -> 'parameters', '{}');
  v_to date := coalesce(core.arg_day(v_body, 'to'), (v_me.now at time zone v_me.zone)::date - 1);
  v_from date := coalesce(core.arg_day(v_body, 'from'), v_to - 364);
  v_every int4 := core.arg_number(v_body, 'every_days', 7, 1, 28);
  v_lead int4 := core.arg_number(v_body, 'lead_days', 14, 0, 180);
  v_bad text;
  v_job int8;
begin
  perform core.args_known(p_args, '{}', '{parameters,version,from,to,every_days,lead_days}');
  select p.* into v_base
    from core.school s join ops.parameter_set p on p.school_id = s.school_id and p.parameters_id = s.parameters_id
   where s.school_id = v_me.school_id;
  if not found then
    perform core.refuse(409, 'no_parameters', 'The school has no parameter set in force.');
  end if;
  v_set := core.parameters_named(v_me, coalesce(core.arg(v_body, 'version', p_most => 31), v_base.version), 'version');
  if jsonb_typeof(v_changes) <> 'object' or (v_changes = '{}' and v_set.parameters_id = v_base.parameters_id) then
    perform core.refuse(422, 'missing', 'Say what is to be different: numbers of the parameter file, or another version.',
                        'parameters');
  end if;
  select c.key into v_bad from jsonb_each(v_changes) c
   where c.key !~ '^[a-z][a-z0-9_]{0,60}$' or jsonb_typeof(c.value) <> 'number' or length(c.value::text) > 20
      or v_set.body !~ ('(^|\n)[ \t]*' || c.key || '[ \t]*=[ \t]*[-+]?[0-9.]')
   order by c.key limit 1;
  if v_bad is not null then
    perform core.refuse(422, 'invalid', format('"%s" is no number of the parameter set, or its value is none.', left(v_bad, 60)),
                        'parameters.' || left(v_bad, 60));
  elsif (select count(*) from jsonb_object_keys(v_changes)) > 16 then
    perform core.refuse(422, 'invalid', 'These are more than 16 changes.', 'parameters');
  elsif v_to < v_from or v_to > (v_me.now at time zone v_me.zone)::date then
    perform core.refuse(422, 'invalid', 'The last day must lie after the first and not after today.', 'to');
  elsif (v_to - v_from) / v_every >= c_moments_most then
    perform core.refuse(422, 'invalid', format('These are more than %s days to look at.', c_moments_most), 'every_days',
                        'Take a shorter span or larger steps.');
  end if;
  v_job := core.job_ask(v_me, 'replay', jsonb_build_object(
    'from', v_from, 'to', v_to, 'every_days', v_every, 'lead_days', v_lead, 'version', v_set.version, 'parameters', v_changes,
    'base', v_base.version, 'base_id', v_base.parameters_id, 'proposed_id', v_set.parameters_id,
    'changes', (select string_agg(c.key || '=' || c.value, E'\n' order by c.key) from jsonb_each_text(v_changes) c)));
  perform core.note_done(v_me, 'replay_begin', '{}', jsonb_build_object('job', v_job, 'parameters', v_changes,
                                                                        'version', v_set.version));
  return core.reply(core.job_json((select j from ops.job j where j.school_id = v_me.school_id and j.job_id = v_job), false), '{}',
                    v_me.ground, 202);
end
$$;
