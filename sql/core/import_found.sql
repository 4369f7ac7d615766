-- Adds to what is wrong with a file: a line, a field, what is wrong and what to do, by place in the four lists.
create or replace function core.import_found(p_import ops.import, p_lines int4[], p_fields text[], p_reasons text[],
                                             p_remedies text[]) returns void
  language sql as $$
  insert into ops.import_finding (school_id, import_id, n, line, field, reason, remedy, warning)
  select p_import.school_id, p_import.import_id,
         (select coalesce(max(o.n), 0) from ops.import_finding o
           where o.school_id = p_import.school_id and o.import_id = p_import.import_id)
         + row_number() over (order by f.line, f.field), f.line, f.field, f.reason, f.remedy, false
    from unnest(p_lines, p_fields, p_reasons, p_remedies) f(line, field, reason, remedy)
$$;
