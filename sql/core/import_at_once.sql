-- Previews and applies a file in one call, for the operator's tool; its rows were put into pg_temp.import_line, and go. Students
-- say things meanwhile without waiting for it: where one of them changed what the preview was made from, it is made again, a few
-- times. Gives the import as applied, the students written, and what stood against it (core.import_stops).
drop function if exists core.import_at_once(core.school, text, text, jsonb, text);
create or replace function core.import_at_once(p_school core.school, p_kind text, p_source text, p_more jsonb, p_past_brake text,
                                               out import ops.import, out students int8[], out stops jsonb)
  language plpgsql as $$
declare
  c_tries constant int4 := 5;
begin
  for n in 1 .. c_tries loop
    begin
      import := core.import_store(p_school, p_kind, p_source, coalesce(p_more ->> 'mode', 'lenient'),
                                  coalesce(p_more ->> 'absent', 'keep'), p_more);
      stops := core.import_stops(import);
      perform core.import_stopped(import, p_past_brake);
      students := core.import_apply(import, null, p_past_brake);
      perform core.import_drop('import_line');
      return;
    exception when sqlstate 'SG409' then
      if n = c_tries then
        raise;
      end if;
    end;
  end loop;
end
$$;
