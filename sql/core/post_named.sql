-- The students who are named in a message, or to whom it goes: for the trail. None in a mail of figures.
create or replace function core.post_named(p_message ops.message) returns int8[]
  language sql stable as $$
  select coalesce(array_agg(distinct n.student_id order by n.student_id), '{}')
    from (select (p_message).student_id where (p_message).student_id is not null
          union all
          select s.student_id
            from jsonb_path_query((p_message).document, '$.**.names') k(names)
           cross join lateral jsonb_object_keys(k.names) i(external_id)
            join core.student s on s.school_id = (p_message).school_id and s.external_id = i.external_id
           where (p_message).document ->> 'names_on' = 'true'
          union all
          select c.student_id
            from jsonb_path_query((p_message).document, '$.items[*].case') i(case_id)
            join core.case_file c on c.school_id = (p_message).school_id and c.case_id = (i.case_id #>> '{}')::int8
           where (p_message).document ->> 'names_on' = 'true') n
$$;
