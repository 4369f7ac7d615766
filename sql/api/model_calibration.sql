-- What the model said, held against what happened at this school. GET /api/v1/model/calibration?horizon=14&by=class_year
--
-- Of those who were given 80 to 90 % so many days before the exam, how many passed: bands with n and 95 % interval; Brier score,
-- log loss, AUC, slope and intercept over all; the same by class year or track. From the nights that were kept
-- (core.calibration_rows), so what was said then and not what today's model would say; version: only what that set said.
--
-- Cells with fewer than small_cell attempts are null and "hidden", and a second one with them where the first could be computed
-- from the total. trustworthy is false below calibration_least_n attempts or calibration_least_failed failures, and why_not says
-- it.
--
-- Who: sg_office. Ground: figures. Locks: none.
create or replace function api.model_calibration(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_edges constant float8[] := '{0,0.5,0.6,0.7,0.8,0.9,0.95,1}'; -- nine of ten pass: the upper end is looked at more closely
  v_me core.me := core.staff_enter(p_caller, 'model_read');
  v_horizon int4 := core.arg_choice(p_args, 'horizon', '{7,14,28,42}', '14')::int4;
  v_by text := core.arg_choice(p_args, 'by', '{class_year,track}', 'class_year');
  v_least int4 := core.setting(v_me.school_id, 'small_cell');
  v_version text := core.arg(p_args, 'version', p_most => 31);
  v_set ops.parameter_set;
  v_p float8[];
  v_y bool[];
  v_of text[];
  v_all jsonb;
  v_line record;
  v_why text;
begin
  perform core.args_known(p_args, '{horizon,by,version}');
  if v_version is not null then
    v_set := core.parameters_named(v_me, v_version, 'version');
  end if;
  select array_agg(r.p), array_agg(r.passed),
         array_agg(case v_by when 'track' then (array['us_md', 'us_do', 'non_us'])[r.track + 1] else r.class_year::text end)
    into v_p, v_y, v_of
    from core.calibration_rows(v_me.school_id, v_horizon, v_set.parameters_id) r;
  v_all := core.calibration_figures(v_p, v_y);
  select * into v_line from core.logit_line(v_p, v_y);
  v_why := case
    when (v_all ->> 'n')::int4 < core.setting(v_me.school_id, 'calibration_least_n')
      then format('%s attempts with an outcome; from %s on the figures mean something.', v_all ->> 'n',
                  core.setting(v_me.school_id, 'calibration_least_n'))
    when (v_all ->> 'failed')::int4 < core.setting(v_me.school_id, 'calibration_least_failed')
      then format('%s of them failed; from %s on the figures mean something.', v_all ->> 'failed',
                  core.setting(v_me.school_id, 'calibration_least_failed')) end;
  return core.reply(jsonb_build_object(
    'horizon_days', v_horizon, 'by', v_by, 'version', v_version, 'small_cell', v_least,
    'nights', (select jsonb_build_object('n', count(*), 'first', min(n.night), 'last', max(n.night))
                 from ops.night n where n.school_id = v_me.school_id),
    'trustworthy', v_why is null, 'why_not', v_why,
    'all', core.cell_masked(v_all, (v_all ->> 'n')::int4 between 1 and v_least - 1),
    'slope', core.with_interval(v_line.slope, v_line.slope_se),
    'intercept', core.with_interval(v_line.intercept, v_line.intercept_se),
    'bands', core.calibration_bands(v_p, v_y, c_edges, v_least),
    'groups', core.calibration_groups(v_p, v_y, v_of, v_least)), '{}', v_me.ground);
end
$$;
