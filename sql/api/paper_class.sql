-- The report of one class year as a document (core.class_document), small figures hidden; null where the school has nobody in it.
-- `stepguard-report paper class YEAR`
--
-- Who: sg_report. Ground: the operating-system operator prints what the office asked for. Audited: the export. Locks: none.
create or replace function api.paper_class(p_school_code text, p_class_year int2) returns text
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  if not exists (select from core.student s
                  where s.school_id = v_school.school_id and s.class_year = p_class_year and s.status <> 'inactive') then
    return null;
  end if;
  perform core.note(v_school.school_id, 'paper_class', null, jsonb_build_object('class_year', p_class_year));
  return core.class_document(v_school, p_class_year, core.now(), core.setting(v_school.school_id, 'small_cell')::int4)::text;
end
$$;
