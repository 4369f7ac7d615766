-- A try that core.throttle_take() counted was no failure. p_whole: it was right, and counting begins anew for this account from
-- this network, and for the account; else it is only taken back, or whoever has one half of a proof could clear what they guessed
-- wrong of the other. The network gets this one try back and no more, or whoever has an account of their own could clear what they
-- did to others. Without an address it is the network's alone.
--
-- Locks: the rows in the order in which core.throttle_take() locks them: pair, account, network.
create or replace function core.throttle_give_back(p_school int4, p_email text, p_address text, p_whole bool default true)
  returns void
  language sql as $$
  select from (values (1, core.throttle_key('pair', p_email, core.network_of(p_address))),
                      (2, core.throttle_key('account', p_email, '')),
                      (3, core.throttle_key('network', '', core.network_of(p_address)))) k(n, who)
    join core.throttle t on t.school_id = p_school and t.who = k.who
   order by k.n for update of t;
  delete from core.throttle t
   where p_whole and t.school_id = p_school
     and t.who in (core.throttle_key('pair', p_email, core.network_of(p_address)), core.throttle_key('account', p_email, ''));
  update core.throttle t set failures = greatest(0, t.failures - 1), blocked_until = '-infinity'
   where t.school_id = p_school
     and t.who in (core.throttle_key('pair', p_email, core.network_of(p_address)), core.throttle_key('account', p_email, ''),
                   core.throttle_key('network', '', core.network_of(p_address)));
$$;
