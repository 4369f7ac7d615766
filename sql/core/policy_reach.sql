-- The students whom a policy for this class (null: for all classes without one of their own) would speak for, were it in force.
create or replace function core.policy_reach(p_school int4, p_class int2) returns int8[]
  language sql stable as $$
  select coalesce(array_agg(s.student_id), '{}')
    from core.student s
   where s.school_id = p_school and s.status <> 'inactive'
     and case when p_class is not null then s.class_year = p_class
              else not exists (select from core.policy p where p.school_id = p_school and p.state = 'active'
                and p.class_year = s.class_year) end
$$;
