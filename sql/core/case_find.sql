-- The case of that number, locked for a change where p_lock, if this person may see the student; else 404.
create or replace function core.case_find(p_me core.me, p_case int8, p_lock bool default false) returns core.case_file
  language plpgsql as $$
declare
  v_case core.case_file;
begin
  if p_lock then
    select * into v_case from core.case_file c where c.school_id = p_me.school_id and c.case_id = p_case for no key update;
  else
    select * into v_case from core.case_file c where c.school_id = p_me.school_id and c.case_id = p_case;
  end if;
  if v_case.case_id is null then
    perform core.refuse(404, 'not_found', 'There is no such case, or it is not one of yours.', 'case');
  end if;
  return v_case;
end
$$;
