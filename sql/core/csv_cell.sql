-- One value as a cell of a CSV file (RFC 4180). Numbers, true and false stand bare, null is empty, lists are joined with "; ". Text
-- is always quoted, and begins with an apostrophe where a spreadsheet would take it for a formula (ASVS 5.0, 1.2.10): = + - @, also
-- in their full-width forms and behind blanks, and TAB, CR, LF. NUL cannot be in text here.
create or replace function core.csv_cell(p_value jsonb) returns text
  language sql immutable parallel safe as $$
  select case jsonb_typeof(p_value)
           when 'number' then t.text
           when 'boolean' then t.text
           when 'null' then ''
           else '"'
                || case when t.text ~ E'^[\\s\uFEFF\u200B\u00A0]*[=+@\uFF1D\uFF0B\uFF0D\uFF20-]|^[\\t\\r\\n]' then '''' else '' end
                || replace(t.text, '"', '""') || '"'
         end
    from (select case when jsonb_typeof(p_value) = 'array'
                   then coalesce((select string_agg(e.value, '; ' order by e.n)
                                    from jsonb_array_elements_text(p_value) with ordinality e(value, n)), '')
                   else p_value #>> '{}' end as text) t
$$;
