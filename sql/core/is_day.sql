-- Whether a text is a day that exists, like 2027-01-31.
create or replace function core.is_day(p_text text) returns bool
  language plpgsql immutable as $$
begin
  return p_text ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and make_date(left(p_text, 4)::int4, substr(p_text, 6, 2)::int4,
    right(p_text, 2)::int4) is not null;
exception
  when datetime_field_overflow then
    return false;
end
$$;
