-- Previews and applies a file in one call, for the operator's tool. Students say things meanwhile without waiting for it: where one
-- of them changed what the preview was made from, it is made again, a few times. Gives the import as previewed, and the students
-- written.
create or replace function core.import_at_once(p_school core.school, p_kind text, p_source text, p_rows jsonb, p_past_brake text,
                                               out counts jsonb, out import_id int8, out students int8[])
  language plpgsql as $$
declare
  c_tries constant int4 := 5;
  v_import ops.import;
begin
  for n in 1 .. c_tries loop
    begin
      v_import := core.import_store(p_school, p_kind, p_source, p_rows);
      perform core.import_stopped(v_import, p_past_brake);
      students := core.import_apply(v_import, null, p_past_brake);
      counts := v_import.result;
      import_id := v_import.import_id;
      return;
    exception when sqlstate 'SG409' then
      if n = c_tries then
        raise;
      end if;
    end;
  end loop;
end
$$;
