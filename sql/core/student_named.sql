-- The students that a request names by the school's ids, in their order, each once; 404 with the first that is not there or not to
-- be seen.
create or replace function core.student_named(p_me core.me, p_args jsonb, p_key text, p_most int4) returns int8[]
  language plpgsql stable as $$
declare
  v_ids text[] := core.arg_list(p_args, p_key, p_most, p_long => 64);
  v_missing text;
begin
  if v_ids is null then
    perform core.refuse(422, 'missing', format('"%s" is missing.', p_key), p_key, 'Name at least one student.');
  end if;
  select i into v_missing from unnest(v_ids) i
   where not exists (select from core.student s where s.school_id = p_me.school_id and s.external_id = i) limit 1;
  if v_missing is not null then
    perform core.refuse(404, 'not_found', format('There is no student "%s", or it is not one of yours.', v_missing), p_key);
  end if;
  return array(select s.student_id from unnest(v_ids) with ordinality i(id, n)
                 join core.student s on s.school_id = p_me.school_id and s.external_id = i.id order by i.n);
end
$$;
