-- The cursor behind the last row of a page, or null where there are no more: p_keys and p_ids are those of the rows found, one more
-- than the page has. It holds the sort key, which may be a name: it is not to stand in a log or on the trail. See core.page_of.
create or replace function core.page_next(p_page core.page, p_keys jsonb[], p_ids int8[]) returns text
  language sql immutable parallel safe
  return case when cardinality(p_ids) > (p_page).most then
    rtrim(translate(encode(convert_to(jsonb_build_array((p_page).question, p_keys[(p_page).most], p_ids[(p_page).most])::text,
                                      'UTF8'), 'base64'), E'+/\n', '-_'), '=') end;
