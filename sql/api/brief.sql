-- What the nightly brief says, as one JSON document. Students by the school's own id, no names: the brief is mailed.
--   {"school","school_code","zone","night","as_of","parameters","previous_night","students","assessed","counts":{…},
--    "new_flags","closed_flags": [{"student_id","code","severity","text","since"(,"closed_at")}], since the finished run before,
--    "exams_30_days": [{"student_id","exam_day","days_to_exam","state","p"}],
--    "queue": the first ten of core.queue_order as of the night, which is the office's own,
--             [{"rank","student_id","state","p","days_to_exam","last_safe_on","hard_deadline",
--               "step": regressed, escalating or null}],
--    "waiting": how many stand in it,
--    "never_synced","silent" (14 days),"stale","not_assessed": [student_id, …]}
-- Cases are those there are when it is written, their order that of the night's day, whenever that happens.
-- Every list has an order of its own, so the same data give the same bytes. Of a finished run the brief is the one that its
-- manifest keeps: a night that is over says for ever what it said then.
--
-- Who: sg_report. Ground: the office's own work. Null for a run that is not this school's. Locks: none.
create or replace function api.brief(p_school_code text, p_run int8) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_silent constant interval := interval '14 days';
  v_top constant int4 := 10;
  v_school core.school := core.enter_school(p_school_code);
  v_run ops.run;
  v_before ops.run;
  v_brief jsonb;
  v_queue jsonb;
  v_waiting int8;
begin
  select * into v_run from ops.run where school_id = v_school.school_id and run_id = p_run;
  if not found then
    return null;
  end if;
  if v_run.manifest ? 'brief' then
    return v_run.manifest -> 'brief';
  end if;
  select * into v_before from ops.run
   where school_id = v_school.school_id and night < v_run.night and finished_at is not null
   order by night desc limit 1;

  select jsonb_build_object(
           'school', v_school.name, 'school_code', v_school.code, 'zone', v_school.zone, 'night', v_run.night, 'as_of', v_run.as_of,
           'parameters', (select version from ops.parameter_set
                           where school_id = v_school.school_id and parameters_id = v_school.parameters_id),
           'previous_night', v_before.night, 'students', count(*), 'assessed', count(*) filter (where b.assessed_at >= v_run.as_of),
           'counts', jsonb_build_object(
             'at_risk', count(*) filter (where b.state = 1), 'borderline', count(*) filter (where b.state = 2),
             'on_track', count(*) filter (where b.state = 3), 'cannot_say', count(*) filter (where b.state = 4)),
           'exams_30_days', coalesce(jsonb_agg(jsonb_build_object(
               'student_id', b.external_id, 'exam_day', b.exam_day, 'days_to_exam', b.days, 'state', core.state_name(b.state),
               'p', b.p)
               order by b.exam_day, b.external_id) filter (where not b.taken and not b.passed and b.days between 0 and 30), '[]'),
           'never_synced', coalesce(jsonb_agg(b.external_id order by b.external_id)
               filter (where b.invited and b.last_sync_at is null), '[]'),
           'silent', coalesce(jsonb_agg(b.external_id order by b.external_id)
               filter (where b.last_sync_at < v_run.as_of - v_silent), '[]'),
           'stale', coalesce(jsonb_agg(b.external_id order by b.external_id) filter (where b.stale), '[]'),
           'not_assessed', coalesce(jsonb_agg(b.external_id order by b.external_id)
               filter (where b.assessed_at is null or b.assessed_at < v_run.as_of), '[]'))
    into v_brief
    from (select s.external_id, a.state, a.p, a.as_of as assessed_at, p.last_sync_at, p.assessed_version < p.version as stale,
                 coalesce(p.invited_at, p.enrolled_at) is not null as invited, plan.exam_day, plan.taken, plan.passed,
                 plan.exam_day - (v_run.as_of at time zone v_school.zone)::date as days
            from core.student s
            join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
            left join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
           cross join lateral core.plan_of(s.school_id, s.student_id) plan
           where s.school_id = v_school.school_id and s.status <> 'inactive') b;

  select coalesce(jsonb_agg(jsonb_build_object(
           'rank', o.rank, 'student_id', s.external_id, 'state', core.state_name(a.state), 'p', o.p,
           'days_to_exam', o.exam_on - (v_run.as_of at time zone v_school.zone)::date, 'last_safe_on', o.last_safe_on,
           'hard_deadline', o.hard, 'step', case when o.state in ('regressed', 'escalating') then o.state end)
           order by o.rank) filter (where o.rank <= v_top), '[]'), count(o.rank)
    into v_queue, v_waiting
    from core.queue_order(v_school.school_id, v_run.as_of) o
    join core.student s on s.school_id = v_school.school_id and s.student_id = o.student_id
    left join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id;

  return v_brief || jsonb_build_object(
    'new_flags', (select coalesce(jsonb_agg(jsonb_build_object(
                           'student_id', s.external_id, 'code', f.code, 'severity', core.severity_name(f.severity), 'text', f.text,
                           'since', f.opened_at) order by f.severity desc, s.external_id, f.code), '[]')
                    from core.flag f
                    join core.student s on s.school_id = f.school_id and s.student_id = f.student_id
                   where f.school_id = v_school.school_id and f.closed_at is null and s.status <> 'inactive'
                     and f.opened_at > coalesce(v_before.as_of, '-infinity')),
    'closed_flags', (select coalesce(jsonb_agg(jsonb_build_object(
                              'student_id', s.external_id, 'code', f.code, 'severity', core.severity_name(f.severity),
                              'text', f.text, 'since', f.opened_at, 'closed_at', f.closed_at)
                              order by s.external_id, f.code, f.opened_at), '[]')
                       from core.flag f
                       join core.student s on s.school_id = f.school_id and s.student_id = f.student_id
                      where f.school_id = v_school.school_id and f.closed_at > v_before.as_of and f.opened_at <= v_before.as_of
                        and s.status <> 'inactive'),
    'queue', v_queue, 'waiting', v_waiting);
end
$$;
