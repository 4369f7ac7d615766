-- Effort against readiness: a point for each student who is still to sit and has an estimate, and the two lines that divide them.
-- GET /api/v1/cohort/effort
--   class_year  one, or several with a comma; track
--
-- effort: practice items answered in the 28 days before the estimate, of every result, repeats and tutor mode too; it says how much
-- somebody did, not how well. The upright line is the median of the students shown, the level one the pass line of the parameters
-- in force. Students whose estimate was recorded by a program that did not count yet are in "unknown".
--
-- Points come as columns, side by side in order of the student's id: 20 000 of them are a megabyte. They are students' records, so
-- whoever may see figures alone is refused.
--
-- Who: sg_office, rights "cohort" and "records". Ground: the person's own for each. Locks: none.
create or replace function api.cohort_effort(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_days constant int4 := 28;     -- RISK_EFFORT_DAYS
  c_most constant int4 := 20000;  -- points of one chart
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_csv bool;
  v_years int2[];
  v_track int2;
  v_filter jsonb;
  v_lines record;
  v_effort float8;
  v_body jsonb;
  v_items jsonb;
  v_students int8[];
  v_n int8;
begin
  if core.cohort_least(v_me) > 0 then
    perform core.refuse(403, 'no_right', 'Your role does not allow this.', p_more => '{"right": "records"}');
  end if;
  perform core.args_known(p_args, '{class_year,track,format}');
  v_csv := core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv';
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_filter := core.cohort_filter(v_years, v_track) || '{"stage": "to_sit"}';
  select * into v_lines from core.model_lines(v_me.school_id);
  with c as materialized (
    select r.* from core.cohort_rows(v_me.school_id, v_years, v_track) r where r.stage = 'to_sit' and r.state > 0
  ), known as materialized (
    select c.* from c where c.effort is not null
  ), middle as materialized (
    select percentile_cont(0.5) within group (order by k.effort) as effort from known k
  ), quadrant as (
    select q.i, q.name, q.word, q.more, q.above, count(k.student_id) as n,
           v_filter || case when q.more then jsonb_build_object('effort_min', m.effort) else jsonb_build_object('effort_max',
             m.effort) end
           || case when q.above then jsonb_build_object('readiness_min', v_lines.pass_line)
                   else jsonb_build_object('readiness_max', v_lines.pass_line) end as filter
      from (values (1, 'less_below', 'less work, below the pass line', false, false), (2, 'less_above',
        'less work, above the pass line', false, true),
                   (3, 'more_below', 'more work, below the pass line', true, false), (4, 'more_above',
                     'more work, above the pass line', true, true))
             q(i, name, word, more, above)
     cross join middle m
      left join known k on (k.effort >= m.effort) = q.more and (k.readiness >= v_lines.pass_line) = q.above
     group by q.i, q.name, q.word, q.more, q.above, m.effort
  )
  select jsonb_build_object(
           'day', (v_me.now at time zone v_me.zone)::date,
           'as_of', (select jsonb_build_object('first', min(k.as_of), 'last', max(k.as_of)) from known k),
           'filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')),
           'n', (select count(*) from known), 'unknown', (select count(*) from c where c.effort is null),
           'effort', jsonb_build_object('measure', 'items', 'days', c_days,
             'text', format('Practice items answered in the %s days before the estimate, repeats and tutor mode too', c_days)),
           'lines', jsonb_build_object(
             'effort', jsonb_build_object('at', m.effort, 'source', 'median', 'text', 'Median of the students shown'),
             'readiness', jsonb_build_object('at', v_lines.pass_line, 'source', 'parameters', 'text',
               format('Pass line, EPC, of the parameters %s', v_lines.parameters))),
           'quadrants', (select coalesce(jsonb_agg(jsonb_build_object('name', q.name, 'word', q.word, 'n', q.n, 'students',
             core.link(q.filter)) order by q.i), '[]')
                           from quadrant q where m.effort is not null and v_lines.pass_line is not null)),
         (select count(*) from known), m.effort
    into v_body, v_n, v_effort
    from middle m;
  if v_n > c_most then
    perform core.refuse(422, 'too_many', format('There are %s students; a chart has at most %s.', v_n, c_most), 'class_year',
      'Narrow the question.');
  end if;
  if v_csv then
    select coalesce(jsonb_agg(jsonb_build_object(
             'student_id', r.external_id, 'family_name', r.family_name, 'given_name', r.given_name, 'class_year', r.class_year,
             'effort', r.effort, 'readiness', round(r.readiness::numeric, 2), 'state', core.state_name(r.state), 'as_of', r.as_of)
             order by r.student_id), '[]'), array_agg(r.student_id order by r.student_id)
      into v_items, v_students
      from core.cohort_rows(v_me.school_id, v_years, v_track) r where r.stage = 'to_sit' and r.effort is not null;
    return core.reply_list(v_me, p_args, v_items, null, v_n, coalesce(v_students, '{}'),
                           '{student_id,family_name,given_name,class_year,effort,readiness,state,as_of}');
  end if;
  select v_body || jsonb_build_object('points', jsonb_build_object(
           'student_id', coalesce(jsonb_agg(r.external_id order by r.student_id), '[]'),
           'given_name', coalesce(jsonb_agg(r.given_name order by r.student_id), '[]'),
           'family_name', coalesce(jsonb_agg(r.family_name order by r.student_id), '[]'),
           'class_year', coalesce(jsonb_agg(r.class_year order by r.student_id), '[]'),
           'effort', coalesce(jsonb_agg(r.effort order by r.student_id), '[]'),
           'readiness', coalesce(jsonb_agg(round(r.readiness::numeric, 2) order by r.student_id), '[]'),
           'state', coalesce(jsonb_agg(core.state_name(r.state) order by r.student_id), '[]'))), array_agg(r.student_id)
    into v_body, v_students
    from core.cohort_rows(v_me.school_id, v_years, v_track) r where r.stage = 'to_sit' and r.effort is not null;
  return core.reply(v_body, coalesce(v_students, '{}'), v_me.ground);
end
$$;
