-- Refuses (403 step_up_required) a person who did not prove within step_up_min that they are there. p_full: with everything they
-- sign in with (ASVS 5.0, 7.5.1: before password or second factor are changed), where one part of it does for the rest. Programs
-- are not asked.
create or replace function core.step_up_check(p_me core.me, p_full bool default false) returns void
  language plpgsql stable as $$
begin
  if p_me.token_id is null and not exists (
       select from core.session s
        where s.school_id = p_me.school_id and s.session_id = p_me.session_id and (s.stepped_up_full or not p_full)
          and s.stepped_up_at + core.setting(p_me.school_id, 'step_up_min') * interval '1 min' > p_me.now) then
    perform core.refuse(403, 'step_up_required', 'This needs a fresh proof that it is you.',
      p_remedy => case when p_full then 'Enter your password and a code, then try again.'
                       else 'Enter your password or a code, then try again.' end,
      p_more => jsonb_build_object('full', p_full));
  end if;
end
$$;
