-- The office's queue: who needs a person today, in which order (core.queue_rows, core.preventable), and why. One JSON document,
-- which the programs hand through:
--   {"school","zone","as_of","students","assessed","stale","parameters","counts":{…},"waiting": how many there are in all,
--    "rows":[{"rank","student_id" (the school's own), "given_name","family_name","class_year","state","p","p_low","p_high",
--             "readiness_mean","readiness_sd","results_used","as_of","exam_day","days_to_exam","last_check_at","last_sync_at",
--             "adviser_email","flags":[{"code","severity","text","since"}],"reasons":[…]}]}
--
-- Who: sg_operator, sg_office. Ground: the office's own work; the trail names every student shown. Locks: none.
create or replace function api.queue(p_school_code text, p_as_of timestamptz, p_max int4) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_shown int8[];
  v_rows jsonb;
  v_waiting int8;
  v_head jsonb;
begin
  select array_agg(q.student_id order by q.rank),
         coalesce(jsonb_agg(jsonb_build_object(
           'rank', q.rank, 'student_id', s.external_id, 'given_name', s.given_name, 'family_name', s.family_name,
           'class_year', s.class_year, 'state', core.state_name(a.state), 'p', a.p, 'p_low', a.p_low, 'p_high', a.p_high,
           'readiness_mean', a.readiness_mean, 'readiness_sd', a.readiness_sd, 'results_used', a.results_used, 'as_of', a.as_of)
           || jsonb_build_object(
           'exam_day', q.exam_day, 'days_to_exam', q.days_to_exam, 'last_check_at', a.last_check_at, 'last_sync_at', p.last_sync_at,
           'adviser_email', s.adviser_email, 'flags', flags.list, 'reasons', a.reasons)
           order by q.rank), '[]'),
         coalesce(max(q.waiting), 0)
    into v_shown, v_rows, v_waiting
    from core.queue_rows(v_school, p_as_of, p_max) q
    join core.student s on s.school_id = v_school.school_id and s.student_id = q.student_id
    join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
    join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
   cross join lateral (
          select coalesce(jsonb_agg(jsonb_build_object('code', f.code, 'severity', core.severity_name(f.severity), 'text', f.text,
                                                       'since', f.opened_at) order by f.severity desc, f.opened_at, f.code), '[]')
                   as list
            from core.flag f
           where f.school_id = s.school_id and f.student_id = s.student_id and f.closed_at is null) flags;

  select jsonb_build_object('school', v_school.name, 'zone', v_school.zone, 'as_of', p_as_of, 'students', count(*),
           'assessed', count(*) filter (where p.assessed_version > 0),
           'stale', count(*) filter (where p.assessed_version < p.version),
           'parameters', (select version from ops.parameter_set
                           where school_id = v_school.school_id and parameters_id = v_school.parameters_id),
           'counts', jsonb_build_object(
             'at_risk', count(*) filter (where a.state = 1), 'borderline', count(*) filter (where a.state = 2),
             'on_track', count(*) filter (where a.state = 3), 'cannot_say', count(*) filter (where a.state = 4)),
           'waiting', v_waiting)
    into v_head
    from core.student s
    join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
    left join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
   where s.school_id = v_school.school_id and s.status <> 'inactive';

  perform core.note(v_school.school_id, 'queue', v_shown, jsonb_build_object('as_of', p_as_of, 'max', p_max));
  return v_head || jsonb_build_object('rows', v_rows);
end
$$;
