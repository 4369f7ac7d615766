-- The document of a night's brief, made from what the night keeps. Every form of it (server/paper) is made from this alone.
--   {"school", "school_code", "zone", "night", "as_of", "parameters", "previous_night" (kept, held against), "students",
--    "assessed", "waiting" (in the queue), "capacity" (a week), "counts" {"at_risk", "borderline", "on_track", "cannot_say"},
--    "before" (those of the previous night, or null), "trend" [{"night", "at_risk", …}] (up to 14 kept nights, this one last),
--    "exams_by_week" [{"from", "to", "at_risk", …}] (the next 30 days),
--    "lists" [{"code", "title", "means", "known", "n" (all), "lines" [{"student_id", "text", "state"?, "p"?, "exam_day"?,
--              "days_to_exam"?, "severity"?, "case"? (its state), "last_safe_on"?}]}] in the order of core.brief_lists(), of each
--              no more lines than the setting brief_lines_most, of the queue ten,
--    "imports" [{"text"}], "feeds" [{"text", "ok"}], "did_not_run" [{"text", "student_id"?}],
--    "evaluated" {"students", "assessed", "not_assessed", "results", "flags"}}
-- Students by the school's own id, and no names: it is sent.
--
-- As of the night: states and P from its kept estimates, flags and cases by their history. What has none is as known when this is
-- written; core.brief_lists() says where. No number that the database made stands in it, nor the time at which it is made: the same
-- facts give the same document, in another copy of the school too.
create or replace function core.brief_document(p_school core.school, p_run ops.run) returns jsonb
  language plpgsql stable as $$
declare
  c_queue constant int8 := 10;
  c_trend constant int4 := 14;
  v_most constant int8 := core.setting(p_school.school_id, 'brief_lines_most');
  v_thin constant float8 := (select l.thin_sd from core.model_lines(p_school.school_id) l);
  v_before ops.night;
  v_lists jsonb;
  v_waiting int8;
begin
  select * into v_before from ops.night n
   where n.school_id = p_school.school_id and n.night < p_run.night
   order by n.night desc limit 1;

  with lines as (
    select * from core.brief_changes(p_school, p_run, v_before, v_thin)
    union all select * from core.brief_cases(p_school, p_run)
    union all select * from core.brief_contacts(p_school, p_run)
    union all select * from core.brief_exams(p_school, p_run, v_thin)
    union all select * from core.brief_clearance(p_school, p_run)
  ), stood as materialized (
    select distinct on (n.student_id) n.student_id, n.state, c.last_safe_on
      from core.cases_at(p_school.school_id, p_run.as_of) n
      join core.case_file c on c.school_id = p_school.school_id and c.case_id = n.case_id
     where n.state <> 'resolved'
     order by n.student_id, n.attempt desc
  ), worded as (
    select l.code, count(*) as n,
           jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'student_id', s.external_id, 'text', l.text, 'state', core.state_name(e.state),
             'p', case when e.state <> 4 then e.p end, 'exam_day', e.exam_day, 'days_to_exam', e.exam_day - e.night,
             'severity', core.severity_name(l.severity), 'case', o.state, 'last_safe_on', o.last_safe_on))
             order by l.place) filter (where l.place <= case l.code when 'queue' then c_queue else v_most end) as lines
      from lines l
      join core.student s on s.school_id = p_school.school_id and s.student_id = l.student_id
      left join core.estimate_night e on e.school_id = s.school_id and e.night = p_run.night and e.student_id = s.student_id
      left join stood o on o.student_id = s.student_id
     group by l.code
  )
  select jsonb_agg(jsonb_build_object('code', k.code, 'title', k.title, 'means', k.means, 'known', k.known, 'n', coalesce(w.n, 0),
                                      'lines', coalesce(w.lines, '[]')) order by k.place),
         max(w.n) filter (where k.code = 'queue')
    into v_lists, v_waiting
    from core.brief_lists() k
    left join worded w on w.code = k.code;

  return jsonb_build_object(
    'school', p_school.name, 'school_code', p_school.code, 'zone', p_school.zone, 'night', p_run.night, 'as_of', p_run.as_of,
    'parameters', (select p.version from ops.parameter_set p
                    where p.school_id = p_school.school_id and p.parameters_id = p_run.parameters_id),
    'previous_night', v_before.night,
    'before', core.brief_nights(p_school.school_id, v_before.night, 1) -> 0 #- '{night}',
    'capacity', core.setting(p_school.school_id, 'capacity_per_week')::int8, 'waiting', coalesce(v_waiting, 0),
    'trend', core.brief_nights(p_school.school_id, p_run.night, c_trend), 'lists', v_lists,
    'imports', core.brief_imports(p_school, v_before.as_of, p_run.as_of),
    'feeds', core.brief_feeds(p_school, v_before.as_of, p_run.as_of),
    'did_not_run', core.brief_not_run(p_school, p_run, v_before, v_most::int4))
    || core.brief_figures(p_school, p_run);
end
$$;
