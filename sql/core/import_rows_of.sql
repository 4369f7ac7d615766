-- Takes the rows of a file as a request has them: an array as core.import_feed_json takes it, or null where they were put before.
create or replace function core.import_rows_of(p_rows jsonb, p_columns jsonb default null) returns void
  language plpgsql as $$
begin
  if jsonb_typeof(p_rows) = 'string' then
    perform core.import_feed(array(select jsonb_array_elements_text(p_columns)), p_rows #>> '{}');
  elsif p_rows is not null then
    perform core.import_feed_json(p_rows);
  end if;
end
$$;
