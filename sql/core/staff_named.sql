-- The account that a request names, its row locked; 404 where there is none.
create or replace function core.staff_named(p_me core.me, p_args jsonb, p_key text) returns core.staff
  language plpgsql as $$
declare
  v_id int8 := core.arg_number(p_args, p_key, null, 1, 999999999999999999);
  v_staff core.staff;
begin
  if v_id is null then
    perform core.arg(p_args, p_key, true);
  end if;
  select * into v_staff from core.staff p where p.school_id = p_me.school_id and p.staff_id = v_id for no key update;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such account.', p_key);
  end if;
  return v_staff;
end
$$;
