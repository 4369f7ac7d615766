-- Whether the one who asks has a further right, besides the one they came in with (core.staff_enter).
create or replace function core.may(p_me core.me, p_right text) returns bool
  language sql stable as $$
  select case when p_me.token_id is null
           then exists (select from core.role_rights() r where r.right = p_right and r.role = any (p_me.roles))
           else exists (select from core.service_token t
                         where t.school_id = p_me.school_id and t.token_id = p_me.token_id
                           and p_right = any (core.token_rights(t))) end
$$;
