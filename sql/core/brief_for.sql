-- A night's brief as somebody of the office may read it. Who sees the records of the whole school gets it as it was kept. Who sees
-- those of some students gets the lines about these, each list's number counted anew over them, and of the figures of the whole
-- school nothing: one's own caseload, as it is today, in that night's words.
--
--   document  with "own" (true: only the reader's students), and "names" ({student_id: name}) of all that are in it
--   students  whose records are in it
--
-- Row-level security has hidden everybody else before this looks (core.staff_enter).
create or replace function core.brief_for(p_me core.me, p_brief jsonb, out document jsonb, out students int8[])
  language plpgsql stable as $$
declare
  v_own constant bool := p_me.reach <> 'school';
  v_lists jsonb;
  v_missing jsonb;
  v_names jsonb;
begin
  select coalesce(jsonb_agg(l.list || case when not v_own then '{}' else jsonb_build_object('n', jsonb_array_length(k.lines)) end
                            || jsonb_build_object('lines', k.lines) order by l.i), '[]')
    into v_lists
    from jsonb_array_elements(p_brief -> 'lists') with ordinality l(list, i)
   cross join lateral (
          select coalesce(jsonb_agg(e.line order by e.j), '[]') as lines
            from jsonb_array_elements(l.list -> 'lines') with ordinality e(line, j)
           where not v_own or exists (select from core.student s where s.school_id = p_me.school_id
                                                                    and s.external_id = e.line ->> 'student_id')) k;
  select coalesce(jsonb_agg(d.line order by d.i), '[]') into v_missing
    from jsonb_array_elements(p_brief -> 'did_not_run') with ordinality d(line, i)
   where not v_own or exists (select from core.student s where s.school_id = p_me.school_id
                                                            and s.external_id = d.line ->> 'student_id');
  select coalesce(jsonb_object_agg(s.external_id, concat_ws(' ', s.given_name, s.family_name)), '{}'),
         coalesce(array_agg(s.student_id order by s.student_id), '{}')
    into v_names, students
    from core.student s
   where s.school_id = p_me.school_id
     and s.external_id in (select e.line ->> 'student_id'
                             from jsonb_array_elements(v_lists) l(list), jsonb_array_elements(l.list -> 'lines') e(line)
                           union select d.line ->> 'student_id' from jsonb_array_elements(v_missing) d(line));
  document := p_brief || jsonb_build_object('lists', v_lists, 'did_not_run', v_missing, 'names', v_names, 'own', v_own)
    || case when v_own then '{"students": null, "assessed": null, "waiting": null, "counts": null, "before": null, "trend": [],
                              "exams_by_week": [], "imports": [], "told": null, "evaluated": null}'::jsonb else '{}' end;
end
$$;
