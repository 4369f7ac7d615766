-- Counts a try to prove who one is, before it is looked at, and gives the seconds to wait; 0: go ahead. A success gives the try
-- back (core.throttle_give_back), so what stays counted are failures; and of twenty tries at once no more are looked at than are
-- free. Where it gives more than 0 the caller refuses, which undoes what was counted.
--
--   pair     this account from this network: throttle_free, then doubling up to throttle_most_s. Typing, and guessing one password
--   account  this account, from networks it is not known on: many free, short waits. Guessing spread over many networks
--   network  all accounts: very many free, short waits. One password tried on everybody
--
-- Nobody outside can lock a person out (ASVS 5.0, 6.3.1): the long waits are those of one's own network, a network from which the
-- account was signed in within session_keep_days is exempt from the account's, and the rest is short. That a right password gets
-- through a wait was rejected: whoever guesses would only have to go on. Unknown addresses are counted in the same way, so that
-- nothing tells them apart; core.sweep() keeps the rows few.
--
-- Locks: its rows, always in the order above.
create or replace function core.throttle_take(p_school int4, p_email text, p_address text, p_now timestamptz) returns int4
  language plpgsql as $$
declare
  v_network text := core.network_of(p_address);
  v_forget interval := core.setting(p_school, 'throttle_forget_h') * interval '1 h';
  v_kind text;
  v_key text;
  v_failures int4;
  v_over float8; -- failures beyond those that are free, from 0
  v_most float8;
begin
  foreach v_kind in array case when p_email is null then '{network}'::text[] else '{pair,account,network}' end loop
    continue when v_kind = 'account' and exists (
      select from core.staff p
        join core.session s on s.school_id = p.school_id and s.staff_id = p.staff_id
       where p.school_id = p_school and p.email = p_email and core.network_of(s.address) = v_network
         and s.created_at > p_now - core.setting(p_school, 'session_keep_days') * interval '1 day');
    v_key := core.throttle_key(v_kind, p_email, v_network);
    insert into core.throttle as t (school_id, who, failures, last_failed_at, blocked_until)
    values (p_school, v_key, 1, p_now, '-infinity')
        on conflict (school_id, who) do update
       set failures = case when t.last_failed_at < p_now - v_forget then 1 else t.failures + 1 end, last_failed_at = p_now
     where t.blocked_until <= p_now
    returning failures into v_failures;
    if not found then
      return (select greatest(1, ceil(extract(epoch from t.blocked_until - p_now))) from core.throttle t
               where t.school_id = p_school and t.who = v_key);
    end if;
    v_over := v_failures - core.setting(p_school, 'throttle_' || case v_kind when 'pair' then '' else v_kind || '_' end || 'free');
    if v_over >= 0 then
      v_most := core.setting(p_school, 'throttle_' || case v_kind when 'pair' then '' else v_kind || '_' end || 'most_s');
      update core.throttle t
         set blocked_until = p_now + interval '1 s'
               * least(v_most, core.setting(p_school, 'throttle_first_s') * 2 ^ least(v_over, 30))
       where t.school_id = p_school and t.who = v_key;
    end if;
  end loop;
  return 0;
end
$$;
