-- Counts as refused what was found wrong beside p_refused rows with p_told findings that came with the file.
create or replace function core.import_refused(p_import ops.import, p_refused int4, p_told int4) returns ops.import
  language sql as $$
  update ops.import i
     set refused = p_refused + (select count(distinct f.line) from ops.import_finding f
                                 where f.school_id = i.school_id and f.import_id = i.import_id and f.n > p_told and not f.warning)
   where i.school_id = p_import.school_id and i.import_id = p_import.import_id
  returning i.*
$$;
