-- Takes away what identity no longer needs: sessions that ended session_keep_days ago, codes a month past their end, keys of what
-- was done the day before (core.once_claim), counted tries that are forgotten, and of those the quietest where somebody made very
-- many. Cheap; whoever signs in does it (api.sign_in_finish), so that it needs no clock of its own. Rows that somebody else has
-- locked are left for the next time. What is to go is chosen once, as an array: joined, a planner that believes in a small table
-- chooses anew for each row of a large one.
create or replace function core.sweep(p_school int4, p_now timestamptz) returns void
  language plpgsql as $$
declare
  c_throttle_most constant int4 := 20000; -- 2 MB; an attack from so many networks is the network's business
begin
  delete from core.session s where s.school_id = p_school and s.token_hash = any (array(
    select x.token_hash from core.session x
     where x.school_id = p_school and x.expires_at < p_now - core.setting(p_school, 'session_keep_days') * interval '1 day'
     limit 200 for update skip locked));
  delete from ops.once o where o.school_id = p_school and o.at < p_now - interval '1 day';
  delete from core.staff_invitation i where i.school_id = p_school and i.expires_at < p_now - interval '30 days';
  delete from core.throttle t where t.school_id = p_school and t.who = any (array(
    select x.who from core.throttle x
     where x.school_id = p_school and x.last_failed_at < p_now - core.setting(p_school, 'throttle_forget_h') * interval '1 h'
     limit 1000 for update skip locked));
  if (select count(*) from core.throttle t where t.school_id = p_school) > c_throttle_most then
    delete from core.throttle t where t.school_id = p_school and t.who = any (array(
      select x.who from core.throttle x where x.school_id = p_school
       order by x.blocked_until, x.last_failed_at limit c_throttle_most / 10 for update skip locked));
  end if;
end
$$;
