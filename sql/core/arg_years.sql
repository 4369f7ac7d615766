-- Class years of a request: "2027" or "2027,2028"; "none" is 0, for students of whom no class is known. Null where they are absent.
create or replace function core.arg_years(p_args jsonb, p_key text default 'class_year') returns int2[]
  language plpgsql immutable as $$
declare
  c_most constant int4 := 12; -- classes on the roster at once, with those that were slower
  v_text text := core.arg(p_args, p_key);
  v_years int2[];
begin
  if v_text !~ '^(none|(19|2[01])[0-9]{2})(,(none|(19|2[01])[0-9]{2}))*$' then
    perform core.refuse(422, 'invalid', format('"%s" must be a year, or several with a comma between them.', p_key), p_key);
  end if;
  v_years := string_to_array(replace(v_text, 'none', '0'), ',')::int2[];
  if cardinality(v_years) > c_most then
    perform core.refuse(422, 'invalid', format('"%s" may name %s years.', p_key, c_most), p_key);
  end if;
  return v_years;
end
$$;
