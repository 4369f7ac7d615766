-- What a request for a list says of paging: limit, cursor, sort ("name", or "-name" for backwards), format=csv for the whole list
-- as a file. p_sorts are the names this list can be sorted by, the first is the default (write '-at' for backwards).
--
-- Keyset paging: each row of a list has a sort key (jsonb, never SQL null: 'null'::jsonb sorts first) and a number that is its own;
-- the cursor holds both of the last row given, so that the next page begins behind it whatever was added or taken away meanwhile.
-- How a list is written (api/staff_list.sql is a short one):
--
--   v_page core.page := core.page_of(v_me, p_args, '{name,email}');
--   with found as (select …, to_jsonb(…) as key, p.staff_id as id from …),
--        page as (select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
--                   from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
--   select to_jsonb((array_agg(… order by p.n))[:v_page.most]), (select count(*) from found),
--          core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
--     into v_items, v_total, v_next from page p;
--   return core.reply_list(v_me, p_args, v_items, v_next, v_total, v_students, '{name,email}');
--
-- Rejected: page numbers (rows are skipped or shown twice when the list changes); a sort put together as SQL.
create or replace function core.page_of(p_me core.me, p_args jsonb, p_sorts text[]) returns core.page
  language plpgsql stable as $$
declare
  c_csv_most constant int4 := 100000; -- rows of one file: some 30 MB
  v_page core.page;
  v_cursor text := core.arg(p_args, 'cursor', p_most => 4000); -- two names of 120 characters of four bytes take 1 400
  v_sort text := coalesce(core.arg(p_args, 'sort', p_most => 40), p_sorts[1]);
  v_at jsonb;
begin
  v_page.csv := core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv';
  v_page.most := core.arg_number(p_args, 'limit', 50, 1, 200);
  v_page.descending := left(v_sort, 1) = '-';
  v_page.step := case when v_page.descending then -1 else 1 end;
  v_page.sort := ltrim(v_sort, '-');
  if v_page.sort not in (select ltrim(s, '-') from unnest(p_sorts) s) then
    perform core.refuse(422, 'invalid', format('This list can be sorted by: %s, each with a "-" before it for backwards.',
      (select string_agg(ltrim(s, '-'), ', ') from unnest(p_sorts) s)), 'sort');
  end if;
  v_page.question := left(md5((p_args - '{cursor,limit,body}'::text[])::text || v_sort), 8);
  if v_page.csv then
    perform core.export_check(p_me);
    v_page.most := c_csv_most;
  elsif v_cursor is not null then
    begin
      v_at := convert_from(decode(translate(v_cursor, '-_', '+/') || repeat('=', -length(v_cursor) & 3), 'base64'), 'UTF8')::jsonb;
      if v_at ->> 0 = v_page.question then
        v_page.after := v_at -> 1;
        v_page.after_id := (v_at ->> 2)::int8;
      end if;
    exception when data_exception then
      null;
    end;
    if v_page.after is null or v_page.after_id is null then
      perform core.refuse(422, 'invalid', '"cursor" is not one that this list gave for this question.', 'cursor',
                          'Ask again without it.');
    end if;
  end if;
  return v_page;
end
$$;
