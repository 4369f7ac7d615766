-- A try that core.throttle_take() counted was right: it begins anew for this account from this network, and for the account; the
-- network gets this one try back and no more, or whoever has an account of their own could clear what they did to others.
create or replace function core.throttle_give_back(p_school int4, p_email text, p_address text) returns void
  language sql as $$
  delete from core.throttle t
   where t.school_id = p_school and t.who = core.throttle_key('pair', p_email, core.network_of(p_address));
  delete from core.throttle t where t.school_id = p_school and t.who = core.throttle_key('account', p_email, '');
  update core.throttle t set failures = greatest(0, t.failures - 1), blocked_until = '-infinity'
   where t.school_id = p_school and t.who = core.throttle_key('network', '', core.network_of(p_address));
$$;
