-- The students of a request for a list (its filters: api.students), with what such a list can be sorted by. The estimate's columns
-- are null where there is none, and a filter by them then leaves the student out.
--
-- Of a list of texts (filters that only some requests have) nothing is looked up where they are absent.
create or replace function core.students_found(p_me core.me, p_args jsonb)
  returns table (student_id int8, external_id text, name text, p float8, readiness float8, effort int4, exam_day date,
                 last_check_at timestamptz)
  language plpgsql stable as $$
declare
  v_school constant int4 := p_me.school_id;
  v_today constant date := (p_me.now at time zone p_me.zone)::date;
  v_q text := '%' || regexp_replace(lower(core.arg(p_args, 'q', p_most => 80)), '([\\%_])', '\\\1', 'g') || '%';
  v_years int2[] := core.arg_years(p_args);
  v_state text := nullif(core.arg_choice(p_args, 'state', '{any,none,at_risk,borderline,on_track,cannot_say}', 'any'), 'any');
  v_status text := core.arg_choice(p_args, 'status', '{present,active,leave,inactive}', 'present');
  v_track int2 := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_adviser text := lower(core.arg(p_args, 'adviser', p_most => 254));
  v_stage text := nullif(core.arg_choice(p_args, 'stage', '{any,to_sit,waiting,passed}', 'any'), 'any');
  v_why text := nullif(core.arg_choice(p_args, 'cannot_say', '{any,no_results,too_wide,no_check,check_old}', 'any'), 'any');
  v_exam text := core.arg_choice(p_args, 'exam', '{any,planned,none}', 'any');
  v_flag text := core.arg(p_args, 'flag', p_most => 64);
  v_area text := core.arg(p_args, 'weak_area', p_most => 64);
  v_owner int8 := core.arg_number(p_args, 'owner', null, 1, 999999999999);
  v_funnel text := nullif(core.arg_choice(p_args, 'funnel', (select array_agg(f.stage) || '{any}' from core.funnel_stages() f),
    'any'), 'any');
  v_readiness_min float8 := core.arg_real(p_args, 'readiness_min', -1000, 1000);
  v_readiness_max float8 := core.arg_real(p_args, 'readiness_max', -1000, 1000);
  v_p_min float8 := core.arg_real(p_args, 'p_min', 0, 1);
  v_p_max float8 := core.arg_real(p_args, 'p_max', 0, 1);
  v_effort_min float8 := core.arg_real(p_args, 'effort_min', 0, 1000000);
  v_effort_max float8 := core.arg_real(p_args, 'effort_max', 0, 1000000);
  v_exam_from date := core.arg_day(p_args, 'exam_from');
  v_exam_to date := core.arg_day(p_args, 'exam_to');
  v_no_check timestamptz := core.day_start(core.arg_day(p_args, 'no_check_since'), p_me.zone);
  v_no_sync timestamptz := core.day_start(core.arg_day(p_args, 'no_sync_since'), p_me.zone);
  v_since date := core.arg_day(p_args, 'since');
  v_until date := core.arg_day(p_args, 'until');
  v_number int4;
  v_among int8[]; -- null: no filter that is looked up elsewhere
  v_thin float8;
begin
  if v_why is not null then
    select l.thin_sd into v_thin from core.model_lines(v_school) l;
  end if;
  if v_area is not null then
    select a.number into v_number from core.areas() a where a.axis || '.' || a.code = v_area;
    if not found then
      perform core.refuse(422, 'invalid', '"weak_area" is no area of the outline; one is "system.cardiovascular".', 'weak_area');
    end if;
  end if;
  if (v_since is not null or v_until is not null) and v_funnel is null then
    perform core.refuse(422, 'invalid', '"since" and "until" are the period of a "funnel".', 'funnel');
  end if;
  if v_funnel is not null then
    select array_agg(r.student_id) into v_among
      from core.funnel_rows(v_school, coalesce(v_since, v_today - core.funnel_days()), coalesce(v_until, v_today), v_years,
        v_track) r
      join core.funnel_stages() f on f.stage = v_funnel
     where r.days[f.place] is not null;
    v_among := coalesce(v_among, '{}');
  end if;
  return query
  select s.student_id, s.external_id, s.family_name || ' ' || s.given_name, a.p, a.readiness_mean, a.effort_items, a.exam_day,
         a.last_check_at
    from core.student s
    join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
    left join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
    left join core.attempt_fact t on v_stage is not null and t.school_id = s.school_id and t.student_id = s.student_id
   where s.school_id = v_school
     and (v_q is null or lower(s.given_name || ' ' || s.family_name || ' ' || s.external_id) like v_q)
     and (v_years is null or coalesce(s.class_year, 0::int2) = any (v_years))
     and (v_track is null or s.track = v_track)
     and (v_adviser is null or lower(s.adviser_email) = v_adviser)
     and case v_status when 'present' then s.status <> 'inactive' else s.status = v_status end
     and (v_state is null or coalesce(core.state_name(a.state), 'none') = v_state)
     and (v_stage is null or v_stage = case when t.passed then 'passed' when t.taken then 'waiting' else 'to_sit' end)
     and (v_why is null or v_why = core.cannot_say_why(a.state, a.results_used, a.exam_sd, v_thin, a.last_check_at))
     and (v_readiness_min is null or a.readiness_mean >= v_readiness_min)
       and (v_readiness_max is null or a.readiness_mean < v_readiness_max)
     and (v_p_min is null or a.p >= v_p_min) and (v_p_max is null or a.p < v_p_max)
     and (v_effort_min is null or a.effort_items >= v_effort_min) and (v_effort_max is null or a.effort_items < v_effort_max)
     and (v_exam = 'any' or (a.exam_day is not null) = (v_exam = 'planned'))
     and (v_exam_from is null or a.exam_day >= v_exam_from) and (v_exam_to is null or a.exam_day <= v_exam_to)
     and (v_number is null or v_number = any (a.weak_areas))
     and (v_no_check is null or coalesce(a.last_check_at < v_no_check, true))
     and (v_no_sync is null or coalesce(p.last_sync_at < v_no_sync, true))
     and (v_flag is null or s.student_id in (select f.student_id from core.flag f
                                              where f.school_id = v_school and f.code = v_flag and f.closed_at is null))
     and (v_owner is null or s.student_id in (select c.student_id from core.case_file c
                                               where c.school_id = v_school and c.owner_id = v_owner and c.state not in ('resolved',
                                                 'merged')))
     and (v_among is null or s.student_id in (select u.id from unnest(v_among) u(id))); -- hashed; "= any" would go through them all
end
$$;
