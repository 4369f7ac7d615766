-- Takes rows of a file that the operator's tool reads, piece by piece: p_columns is a list of fields, p_rows text as
-- core.import_feed has it. They are there until the transaction ends; api.import_file does with them what is to be done.
--
-- The time-out of a statement is lifted for the rest of the transaction, because what a gigabyte of rows needs no other request
-- does.
--
-- Who: sg_operator. Ground: running the service; nothing is shown and nothing stored. Locks: none.
create or replace function api.import_feed(p_school_code text, p_columns jsonb, p_rows text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_timeout constant text := '2h'; -- twenty million rows on a machine with other work
begin
  perform core.enter_school(p_school_code);
  perform set_config('statement_timeout', c_timeout, true);
  perform core.import_feed(array(select jsonb_array_elements_text(p_columns)), p_rows);
end
$$;
