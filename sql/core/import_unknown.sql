-- Rows of a file whose student is not on the roster, as findings. Gives how many, and the ids.
drop function if exists core.import_unknown(int4, jsonb);
create or replace function core.import_unknown(p_import ops.import, out unknown int4, out ids jsonb)
  language plpgsql as $$
declare
  v_lines int4[];
begin
  select array_agg(l.line), count(*), coalesce(jsonb_agg(distinct l.student_id), '[]') into v_lines, unknown, ids
    from pg_temp.import_line l
   where not exists (select from core.student s where s.school_id = p_import.school_id and s.external_id = l.student_id);
  if unknown > 0 then
    perform core.import_found(p_import, v_lines, array_fill('student_id'::text, array[unknown]),
                              array_fill('is nobody on the roster'::text, array[unknown]),
                              array_fill('Bring the roster first, or correct the id.'::text, array[unknown]));
  end if;
end
$$;
