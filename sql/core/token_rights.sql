-- What a program's token may do at this moment: its scopes as far as the one who made it has an account in use and these rights,
-- for the whole school. So a program is never let in by somebody who is not, or to more than they may see; who gives the rights
-- back gives them to the program too. One in the place of somebody who left is made by who takes over.
create or replace function core.token_rights(p_token core.service_token) returns text[]
  language sql stable as $$
  select coalesce(array_agg(s.scope order by s.n), '{}')
    from unnest(p_token.scopes) with ordinality s(scope, n)
   where exists (select from core.staff p join core.role_rights() r on r.role = any (p.roles)
                  where p.school_id = p_token.school_id and p.staff_id = p_token.created_by and p.status = 'active'
                    and r.right = s.scope and r.reach <> 'grounds')
$$;
