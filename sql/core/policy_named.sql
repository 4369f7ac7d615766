-- The policy that a request names in its path; 404 where there is none. p_lock: nobody else changes it, or makes another active for
-- the same classes, until the transaction ends.
create or replace function core.policy_named(p_me core.me, p_args jsonb, p_lock bool default false) returns core.policy
  language plpgsql as $$
declare
  v_policy core.policy;
  v_id int8 := core.arg_number(p_args, 'policy', null, 1, 999999999999999999);
begin
  if p_lock then
    perform from core.policy p
      where p.school_id = p_me.school_id
        and (p.policy_id = v_id or (p.state = 'active' and p.class_year is not distinct from
              (select o.class_year from core.policy o where o.school_id = p_me.school_id and o.policy_id = v_id)))
      order by p.policy_id for no key update;
  end if;
  select * into v_policy from core.policy p where p.school_id = p_me.school_id and p.policy_id = v_id;
  if v_policy.policy_id is null then
    perform core.refuse(404, 'not_found', 'There is no such policy.', 'policy');
  end if;
  return v_policy;
end
$$;
