-- A list of texts of a request, each once, in the order given; null where it is absent. Refuses (422) what is no list, is empty,
-- has more than p_most members or one that is no text, is empty or longer than p_long, and members that are not among p_choices
-- (any, where that is null).
create or replace function core.arg_list(p_args jsonb, p_key text, p_most int4, p_choices text[] default null,
                                         p_long int4 default 200) returns text[]
  language plpgsql immutable as $$
declare
  v_list text[];
begin
  if coalesce(jsonb_typeof(p_args -> p_key), 'null') = 'null' then
    return null;
  elsif jsonb_typeof(p_args -> p_key) <> 'array' then
    perform core.refuse(422, 'invalid', format('"%s" must be a list.', p_key), p_key);
  elsif jsonb_array_length(p_args -> p_key) not between 1 and p_most then
    perform core.refuse(422, 'invalid', format('"%s" must have from 1 to %s members.', p_key, p_most), p_key);
  elsif exists (select from jsonb_array_elements(p_args -> p_key) e
                 where jsonb_typeof(e) <> 'string' or length(e #>> '{}') not between 1 and p_long) then
    perform core.refuse(422, 'invalid', format('"%s" must have texts of 1 to %s characters as members.', p_key, p_long), p_key);
  end if;
  select array_agg(x.text order by x.n) into v_list
    from (select e.text, min(e.n) as n from jsonb_array_elements_text(p_args -> p_key) with ordinality e(text, n)
           group by e.text) x;
  if not v_list <@ p_choices then
    perform core.refuse(422, 'invalid', format('"%s" may have these members: %s.', p_key, array_to_string(p_choices, ', ')), p_key);
  end if;
  return v_list;
end
$$;
