-- Refuses (403 step_up_required) a person who did not prove within step_up_min that they are there. Programs are not asked.
create or replace function core.step_up_check(p_me core.me) returns void
  language plpgsql stable as $$
begin
  if p_me.token_id is null and not exists (
       select from core.session s
        where s.school_id = p_me.school_id and s.session_id = p_me.session_id
          and s.stepped_up_at + core.setting(p_me.school_id, 'step_up_min') * interval '1 min' > p_me.now) then
    perform core.refuse(403, 'step_up_required', 'This needs a fresh proof that it is you.',
                        p_remedy => 'Enter your password or a code, then try again.');
  end if;
end
$$;
