-- The students this person sees, with their estimates. GET /api/v1/students
--   q            part of a name or of the id, in any case
--   class_year, track, state ("none": not estimated yet), status (default: all but inactive), adviser (e-mail)
--   sort         name, student_id, p, exam_day, last_check_at; "-p" for backwards
--
-- Who: sg_office, right "records". Ground: the person's own for each. Locks: none. The day of the exam is the estimate's: every
-- change of a plan makes a new estimate, and folding 20 000 plans for a list would cost more than all the rest.
create or replace function api.students(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_page core.page;
  v_q text;
  v_year int8;
  v_state text;
  v_status text;
  v_track int2;
  v_adviser text;
  v_items jsonb;
  v_next text;
  v_total int8;
  v_students int8[];
begin
  perform core.args_known(p_args, '{q,class_year,track,state,status,adviser,limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{name,student_id,p,exam_day,last_check_at}');
  v_q := '%' || regexp_replace(lower(core.arg(p_args, 'q', p_most => 80)), '([\\%_])', '\\\1', 'g') || '%';
  v_year := core.arg_number(p_args, 'class_year', null, 1900, 2200);
  v_state := nullif(core.arg_choice(p_args, 'state', '{any,none,at_risk,borderline,on_track,cannot_say}', 'any'), 'any');
  v_status := core.arg_choice(p_args, 'status', '{present,active,leave,inactive}', 'present');
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_adviser := lower(core.arg(p_args, 'adviser', p_most => 254));
  with found as (
    select s, a, p.last_sync_at, p.assessed_version < p.version as stale, s.student_id as id,
           case v_page.sort
             when 'p' then to_jsonb(coalesce(a.p, 2))
             when 'exam_day' then to_jsonb(coalesce(a.exam_day, '9999-12-31'))
             when 'last_check_at' then to_jsonb(coalesce(extract(epoch from a.last_check_at), 0))
             when 'student_id' then to_jsonb(s.external_id)
             else to_jsonb(lower(s.family_name || ' ' || s.given_name)) end as key
      from core.student s
      join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
      left join core.assessment a on a.school_id = s.school_id and a.student_id = s.student_id
     where s.school_id = v_me.school_id
       and (v_q is null or lower(s.given_name || ' ' || s.family_name || ' ' || s.external_id) like v_q)
       and (v_year is null or s.class_year = v_year)
       and (v_track is null or s.track = v_track)
       and (v_adviser is null or lower(s.adviser_email) = v_adviser)
       and case v_status when 'present' then s.status <> 'inactive' else s.status = v_status end
       and (v_state is null or coalesce(core.state_name(a.state), 'none') = v_state)
  ), page as (
    select f.*, row_number() over (order by case when v_page.descending then null else f.key end,
                                            case when v_page.descending then f.key end desc,
                                            case when v_page.descending then - f.id else f.id end) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1
  )
  select coalesce(jsonb_agg(core.student_ref(page.s) || core.estimate_brief(page.a) || jsonb_build_object(
                    'track', (array['us_md', 'us_do', 'non_us'])[(page.s).track + 1], 'status', (page.s).status,
                    'adviser_email', (page.s).adviser_email, 'last_sync_at', page.last_sync_at, 'stale', page.stale,
                    'flags', coalesce(flags.list, '[]')) order by n) filter (where n <= v_page.most), '[]'),
         (select count(*) from found), core.page_next(v_page, array_agg(key order by n), array_agg(id order by n)),
         array_agg(id) filter (where n <= v_page.most)
    into v_items, v_total, v_next, v_students
    from page
    left join lateral (
           select jsonb_agg(jsonb_build_object('code', f.code, 'severity', core.severity_name(f.severity))
                            order by f.severity desc, f.code) as list
             from core.flag f
            where f.school_id = v_me.school_id and f.student_id = page.id and f.closed_at is null) flags on true;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, coalesce(v_students, '{}'),
    '{student_id,family_name,given_name,class_year,track,status,adviser_email,state,p,p_low,p_high,readiness_mean,readiness_sd,'
    'results_used,as_of,exam_day,last_check_at,last_sync_at}');
end
$$;
