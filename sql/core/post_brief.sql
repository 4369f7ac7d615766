-- A night's brief as a mail may have it: whole, with the names of the students in it, where the school lets names out of the house
-- (mail_names); else its figures (core.post_figures), and which night of which school they are of.
create or replace function core.post_brief(p_school int4, p_brief jsonb) returns jsonb
  language sql stable as $$
  select case when core.setting(p_school, 'mail_names') <> 1 then
                core.post_figures(p_brief) || jsonb_strip_nulls(jsonb_build_object(
                  'school', p_brief -> 'school', 'zone', p_brief -> 'zone', 'night', p_brief -> 'night',
                  'parameters', p_brief -> 'parameters', 'evaluated', p_brief -> 'evaluated'))
         else p_brief || jsonb_build_object('notice', (select r.words from core.redisclosure_notice() r),
                                            'names', (
           select coalesce(jsonb_object_agg(s.external_id, core.post_name(s)), '{}')
             from core.student s
            where s.school_id = p_school
              and s.external_id in (select n #>> '{}' from jsonb_path_query(p_brief, '$.**.student_id') n))) end
$$;
