-- The students this person sees, with their estimates. GET /api/v1/students
--   q            part of a name or of the id, in any case
--   class_year (one, or several with a comma; "none"), track, status (default: all but inactive), adviser (e-mail)
--   stage        to_sit, waiting (for a result), passed
--   state        ("none": not estimated yet), cannot_say (why: core.cannot_say_why), flag (one that is open)
--   readiness_min, p_min, effort_min and readiness_max, p_max, effort_max: at least, and below
--   exam         planned, none; exam_from, exam_to: days, both with
--   weak_area    "system.cardiovascular": students who are weak there
--   owner        of the open case
--   no_check_since, no_sync_since: days since which no readiness check was taken, no device was in touch
--   funnel       a stage of core.funnel_stages() that was reached by who came up between since and until (default: as GET
--                /cohort/funnel)
--   sort         name, student_id, p, readiness, effort, exam_day, last_check_at; "-p" for backwards
--
-- Who: sg_office, right "records". Ground: the person's own for each. Locks: none. The day of the exam is the estimate's: every
-- change of a plan makes a new estimate, and folding 20 000 plans for a list would cost more than all the rest. What a row shows is
-- fetched for the rows of the page alone: carrying it through the sort would cost ten times the looking.
create or replace function api.students(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_page core.page;
  v_items jsonb;
  v_next text;
  v_total int8;
  v_students int8[];
begin
  perform core.args_known(p_args, ('{q,class_year,track,state,status,adviser,stage,cannot_say,flag,readiness_min,readiness_max,'
    'p_min,p_max,effort_min,effort_max,exam,exam_from,exam_to,weak_area,owner,no_check_since,no_sync_since,funnel,since,until,'
    'limit,cursor,sort,format}')::text[]);
  v_page := core.page_of(v_me, p_args, '{name,student_id,p,readiness,effort,exam_day,last_check_at}');
  with found as materialized (
    select f.student_id as id,
           case v_page.sort
             when 'p' then to_jsonb(coalesce(f.p, 2))
             when 'readiness' then to_jsonb(coalesce(f.readiness, 1000))
             when 'effort' then to_jsonb(coalesce(f.effort, -1))
             when 'exam_day' then to_jsonb(coalesce(f.exam_day, '9999-12-31'))
             when 'last_check_at' then to_jsonb(coalesce(extract(epoch from f.last_check_at), 0))
             when 'student_id' then to_jsonb(f.external_id)
             else to_jsonb(lower(f.name)) end as key
      from core.students_found(v_me, p_args) f
  ), first as (
    select f.* from found f where core.page_follows(v_page, f.key, f.id)
     order by case when v_page.descending then null else f.key end, case when v_page.descending then f.key end desc,
       v_page.step * f.id
     limit v_page.most + 1
  ), page as (
    select s, a, p.last_sync_at, p.assessed_version < p.version as stale, f.id, f.key,
           row_number() over (order by case when v_page.descending then null else f.key end,
                                       case when v_page.descending then f.key end desc, v_page.step * f.id) as n
      from first f
      join core.student s on s.school_id = v_me.school_id and s.student_id = f.id
      join core.progress p on p.school_id = v_me.school_id and p.student_id = f.id
      left join core.assessment a on a.school_id = v_me.school_id and a.student_id = f.id
  )
  select coalesce(jsonb_agg(core.student_ref(page.s) || core.estimate_brief(page.a) || jsonb_build_object(
                    'track', (array['us_md', 'us_do', 'non_us'])[(page.s).track + 1], 'status', (page.s).status,
                    'adviser_email', (page.s).adviser_email, 'last_sync_at', page.last_sync_at, 'stale', page.stale,
                    'effort', (page.a).effort_items,
                    'weak_areas', (select coalesce(jsonb_agg(w.axis || '.' || w.code order by w.number), '[]') from core.areas() w
                                    where w.number = any ((page.a).weak_areas)),
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
    'effort,results_used,as_of,exam_day,last_check_at,last_sync_at}');
end
$$;
