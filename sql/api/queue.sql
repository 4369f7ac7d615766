-- The office's queue for the operator's shell: where the school stands, and the same page that the office sees (core.queue_page),
-- which the programs hand through. One JSON document:
--   {"school","zone","as_of","students","assessed","stale","parameters","counts":{…},
--    "unseen": where no case was ever opened, how many would have one (the estimates are older than cases; the next ones open
--     them), else 0,
--    "day","capacity","total","hard_deadlines","hidden","feed",
--    "items": as GET /queue, at most p_max, each with "days_to_exam", and in its estimate "reasons": the shares of P(pass)}
--
-- Who: sg_operator. Ground: the office's own work; the trail names every student shown. Locks: none.
create or replace function api.queue(p_school_code text, p_as_of timestamptz, p_max int4) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_shown int8[];
  v_page jsonb;
  v_items jsonb;
  v_head jsonb;
  v_unseen int8 := 0;
begin
  select q.page, q.students into v_page, v_shown from core.queue_page(v_school, p_as_of, p_max) q;
  select coalesce(jsonb_agg(i.item || jsonb_build_object(
           'days_to_exam', (i.item ->> 'exam_on')::date - (v_page ->> 'day')::date,
           'estimate', case when a.student_id is not null then i.item -> 'estimate' || jsonb_build_object(
             'reasons', coalesce(a.reasons_text::json, a.reasons)) end)
           order by i.n), '[]')
    into v_items
    from jsonb_array_elements(v_page -> 'items') with ordinality i(item, n)
    left join core.assessment a on a.school_id = v_school.school_id and a.student_id = v_shown[i.n];

  if not exists (select from core.case_file c where c.school_id = v_school.school_id) then
    select count(*) into v_unseen
      from core.student s
      join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
     cross join lateral core.plan_of(s.school_id, s.student_id) plan
     where s.school_id = v_school.school_id and s.status <> 'inactive' and not plan.taken and not plan.passed
       and (a.state = 1 or exists (select from core.flag f
                                    where f.school_id = s.school_id and f.student_id = s.student_id and f.closed_at is null
                                      and f.severity >= 3));
  end if;

  select jsonb_build_object('school', v_school.name, 'zone', v_school.zone, 'as_of', p_as_of, 'students', count(*),
           'assessed', count(*) filter (where p.assessed_version > 0),
           'stale', count(*) filter (where p.assessed_version < p.version),
           'parameters', (select version from ops.parameter_set
                           where school_id = v_school.school_id and parameters_id = v_school.parameters_id),
           'counts', jsonb_build_object(
             'at_risk', count(*) filter (where a.state = 1), 'borderline', count(*) filter (where a.state = 2),
             'on_track', count(*) filter (where a.state = 3), 'cannot_say', count(*) filter (where a.state = 4)),
           'unseen', v_unseen)
    into v_head
    from core.student s
    join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
    left join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
   where s.school_id = v_school.school_id and s.status <> 'inactive';

  perform core.note(v_school.school_id, 'queue', v_shown, jsonb_build_object('as_of', p_as_of, 'max', p_max));
  return v_head || v_page || jsonb_build_object('items', v_items);
end
$$;
