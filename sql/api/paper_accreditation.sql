-- The accreditation bundle of a period as a document (core.accreditation_document), small figures hidden.
-- `stepguard-report paper accreditation --from DAY --to DAY`
--
-- Who: sg_report. Ground: the operating-system operator prints what the office asked for (34 CFR 99.31(a)(7)). Audited: the export.
-- Locks: none.
create or replace function api.paper_accreditation(p_school_code text, p_from date, p_to date) returns text
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  perform core.note(v_school.school_id, 'paper_accreditation', null, jsonb_build_object('from', p_from, 'to', p_to));
  return core.accreditation_document(v_school, p_from, p_to, core.now(),
                                     core.setting(v_school.school_id, 'small_cell')::int4)::text;
end
$$;
