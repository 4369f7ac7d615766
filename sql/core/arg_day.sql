-- A day of a request, 2027-01-31; null where it is absent and not required.
create or replace function core.arg_day(p_args jsonb, p_key text, p_required bool default false) returns date
  language plpgsql immutable as $$
declare
  v_text text := core.arg(p_args, p_key, p_required, 10);
begin
  if v_text is null then
    return null;
  elsif v_text !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
    perform core.refuse(422, 'invalid', format('"%s" must be a day like 2027-01-31.', p_key), p_key);
  end if;
  return make_date(left(v_text, 4)::int4, substr(v_text, 6, 2)::int4, right(v_text, 2)::int4);
exception
  when datetime_field_overflow then
    perform core.refuse(422, 'invalid', format('"%s": there is no such day.', p_key), p_key);
end
$$;
