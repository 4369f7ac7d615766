-- The students who are named in a message, or to whom it goes: for the trail. None in a mail of figures.
create or replace function core.post_named(p_message ops.message) returns int8[]
  language sql stable as $$
  select coalesce(array_agg(s.student_id order by s.student_id), '{}')
    from core.student s
   where s.school_id = (p_message).school_id
     and (s.student_id = (p_message).student_id
          or ((p_message).document ->> 'names_on' = 'true'
              and (s.external_id in (select k from jsonb_path_query((p_message).document, '$.**.names') n, jsonb_object_keys(n) k)
                   or s.student_id in (select c.student_id from core.case_file c
                                        where c.school_id = (p_message).school_id
                                          and c.case_id in (select (i ->> 'case')::int8
                                                              from jsonb_path_query((p_message).document, '$.items[*]') i)))))
$$;
