-- What is wrong with a part of a policy as it stands in the document, by the table core.policy_language(): each fault with its path
-- (a JSON pointer) and a sentence. p_kind is a kind of that table; low, high and choices are its row's. core.policy_problems() asks
-- for the whole.
create or replace function core.policy_faults(p_value jsonb, p_path text, p_kind text, p_low float8 default null,
  p_high float8 default null,
                                              p_choices text[] default null, p_depth int4 default 0)
  returns table (path text, words text)
  language plpgsql immutable as $$
declare
  c_depth_most constant int4 := 24; -- eight expressions inside each other, with the members between them
  c_choices constant text[] := '{expr,by}'; -- constructs of which exactly one member stands
  v_type constant text := jsonb_typeof(p_value);
  v_row record;
  v_n int4;
begin
  if p_depth > c_depth_most then
    return query select p_path, 'This is nested too deeply.';
  elsif p_kind = 'text' then
    if v_type <> 'string' or length(btrim(p_value #>> '{}')) not between p_low and p_high then
      return query select p_path, format('This must be a text of %s to %s characters.', p_low, p_high);
    end if;
  elsif p_kind in ('int', 'number') then
    if v_type <> 'number' or (p_value #>> '{}')::numeric not between p_low::numeric and p_high::numeric
       or (p_kind = 'int' and (p_value #>> '{}')::numeric % 1 <> 0) then
      return query select p_path, format('This must be a %s from %s to %s.', case p_kind when 'int' then 'whole number'
        else 'number' end, p_low, p_high);
    end if;
  elsif p_kind = 'bool' then
    if v_type <> 'boolean' then
      return query select p_path, 'This must be true or false.';
    end if;
  elsif p_kind = 'day' then
    if v_type <> 'string' or not core.is_day(p_value #>> '{}') then
      return query select p_path, 'This must be a day like 2027-01-31.';
    end if;
  elsif p_kind = 'code' then
    if v_type <> 'string' or (p_value #>> '{}') !~ '^[a-z0-9_]{1,40}$' then
      return query select p_path, 'This must be the code of an instrument, like "cbssa".';
    end if;
  elsif p_kind = 'word' then
    if v_type <> 'string' or (p_value #>> '{}') <> all (p_choices) then
      return query select p_path, format('This must be one of: %s.', array_to_string(p_choices, ', '));
    end if;
  elsif p_kind = 'words' then
    if v_type <> 'array' or jsonb_array_length(p_value) not between p_low and p_high
       or exists (select from jsonb_array_elements(p_value) e where jsonb_typeof(e) <> 'string' or (e #>> '{}') <> all (p_choices))
       or (select count(distinct e) <> count(*) from jsonb_array_elements(p_value) e) then
      return query select p_path, format('This must be a list with some of: %s; each once.', array_to_string(p_choices, ', '));
    end if;
  elsif p_kind like 'a list of %' then
    if v_type <> 'array' or jsonb_array_length(p_value) not between p_low and p_high then
      return query select p_path, format('This must be a list of %s to %s.', p_low, p_high);
    else
      return query
      select f.path, f.words
        from jsonb_array_elements(p_value) with ordinality e(value, n)
       cross join lateral core.policy_faults(e.value, p_path || '/' || (e.n - 1), substr(p_kind, 11), null, null, null,
         p_depth + 1) f;
    end if;
  elsif v_type <> 'object' then
    return query select p_path, 'This must be an object.';
  else
    return query
    select p_path || '/' || replace(replace(left(k, 60), '~', '~0'), '/', '~1'), 'This is not known here.'
      from jsonb_object_keys(p_value) k
     where not exists (select from core.policy_language() l where l.construct = p_kind and l.member = k);
    v_n := (select count(*) from jsonb_object_keys(p_value));
    if v_n <> 1 and p_kind = any (c_choices) then
      return query select p_path, format('There must be exactly one of: %s.',
        (select string_agg(l.member, ', ') from core.policy_language() l where l.construct = p_kind));
    elsif v_n = 0 then
      return query select p_path, 'This says nothing.';
    end if;
    for v_row in select l.* from core.policy_language() l where l.construct = p_kind loop
      if p_value ? v_row.member then
        return query select f.path, f.words from core.policy_faults(p_value -> v_row.member, p_path || '/' || v_row.member,
          v_row.kind, v_row.low,
                                                                    v_row.high, v_row.choices, p_depth + 1) f;
      elsif v_row.required then
        return query select p_path || '/' || v_row.member, 'This is missing.';
      end if;
    end loop;
  end if;
end
$$;
