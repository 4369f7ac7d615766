-- Below which count a figure of a class is hidden from who asks; then no figure leads to its students either. 0 for those who see
-- the records of the whole school anyway, else small_cell: an auditor, also one who advises some; a program with the right "cohort"
-- alone.
create or replace function core.cohort_least(p_me core.me) returns int4
  language sql stable as $$
  select case when case when p_me.token_id is not null then core.may(p_me, 'records')
                        else exists (select from core.role_rights() r
                                      where r.right = 'records' and r.reach = 'school' and r.role = any (p_me.roles)) end
           then 0 else core.setting(p_me.school_id, 'small_cell')::int4 end
$$;
