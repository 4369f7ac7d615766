-- A night's brief as somebody of the office may read it. Who sees the records of the whole school gets it as it was kept, with how
-- many were told of it by now. Who sees those of some students gets the lines about these, each list's number counted over them
-- ("cut": the list was kept in part, and some may be missing), the night's figures over them alone, and nothing of the school's
-- files and mail.
--
--   document  core.brief_document's, with "own" (true: only the reader's students), "told" [{"kind", "n", "sent", "failed"}] or
--             null, and "names" ({student_id: name}) of all that are in it
--   students  whose records are in it
--
-- Row-level security has hidden everybody else before this looks (core.staff_enter), from the figures too.
create or replace function core.brief_for(p_me core.me, p_run ops.run, out document jsonb, out students int8[])
  language plpgsql stable as $$
declare
  c_trend constant int4 := 14; -- nights, as in core.brief_document
  -- Members that nights before 0020 have, and nobody draws any more.
  c_former constant text[] := '{new_flags,closed_flags,exams_30_days,queue,never_synced,silent,stale,not_assessed}';
  v_own constant bool := p_me.reach <> 'school';
  v_school core.school;
  v_before date;
  v_names jsonb;
begin
  document := '{"before": null, "capacity": null, "trend": [], "exams_by_week": [], "lists": [], "imports": [], "feeds": [],
                "did_not_run": [], "evaluated": null, "told": null}'::jsonb
              || ((p_run).manifest -> 'brief') - c_former;
  if v_own then
    select s.* into strict v_school from core.school s where s.school_id = p_me.school_id;
    v_before := (document ->> 'previous_night')::date;
    document := document || jsonb_build_object(
      'lists', (select coalesce(jsonb_agg(l.list || jsonb_build_object('lines', core.brief_lines_seen(l.list -> 'lines'),
                 'n', jsonb_array_length(core.brief_lines_seen(l.list -> 'lines')),
                 'cut', (l.list ->> 'n')::int8 > jsonb_array_length(l.list -> 'lines')) order by l.i), '[]')
                  from jsonb_array_elements(document -> 'lists') with ordinality l(list, i)),
      'did_not_run', core.brief_lines_seen(document -> 'did_not_run'), 'imports', '[]'::jsonb, 'waiting', null, 'capacity', null,
      'before', core.brief_nights(p_me.school_id, v_before, 1) -> 0 #- '{night}',
      'trend', core.brief_nights(p_me.school_id, (p_run).night, c_trend)) || core.brief_figures(v_school, p_run);
  else
    document := document || jsonb_build_object('told', core.run_told(p_run));
  end if;
  select coalesce(jsonb_object_agg(s.external_id, concat_ws(' ', s.given_name, s.family_name)), '{}'),
         coalesce(array_agg(s.student_id order by s.student_id), '{}')
    into v_names, students
    from core.student s
   where s.school_id = p_me.school_id
     and s.external_id in (select e.line ->> 'student_id'
                             from jsonb_array_elements(document -> 'lists') l(list), jsonb_array_elements(l.list -> 'lines') e(line)
                           union select d.line ->> 'student_id' from jsonb_array_elements(document -> 'did_not_run') d(line));
  document := document || jsonb_build_object('names', v_names, 'own', v_own);
end
$$;
