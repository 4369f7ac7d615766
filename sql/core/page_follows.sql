-- Whether a row with this sort key and number comes behind the cursor; each does where there is none. See core.page_of.
create or replace function core.page_follows(p_page core.page, p_key jsonb, p_id int8) returns bool
  language sql immutable parallel safe
  return (p_page).after is null or case when (p_page).descending
    then (p_key, p_id) < ((p_page).after, (p_page).after_id)
    else (p_key, p_id) > ((p_page).after, (p_page).after_id) end;
