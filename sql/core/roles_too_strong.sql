-- What the roles of Stepguard may do beyond what they are made for, a sentence each; no rows where all is as roles.sql and
-- grants.sql leave it. Asked by api.doctor; tests/20sql holds the same in more detail.
create or replace function core.roles_too_strong() returns setof text
  language sql stable as $$
  select format('%s %s', r.rolname, b.what)
    from pg_roles r
   cross join lateral (values (r.rolsuper, 'is a superuser'), (r.rolbypassrls, 'passes row-level security by'),
                              (r.rolcreaterole, 'may make roles'), (r.rolcreatedb, 'may make databases'),
                              (r.rolreplication, 'may replicate'),
                              (r.rolcanlogin and r.rolname = 'sg_owner', 'may log in')) b(is_so, what)
   where r.rolname in ('sg_owner', 'sg_student', 'sg_enrol', 'sg_office', 'sg_report', 'sg_metrics', 'sg_operator') and b.is_so
   union all
  select format('%s is a member of %s', r.rolname, g.rolname)
    from pg_auth_members m join pg_roles r on r.oid = m.member join pg_roles g on g.oid = m.roleid
   where r.rolname in ('sg_owner', 'sg_student', 'sg_enrol', 'sg_office', 'sg_report', 'sg_metrics', 'sg_operator')
   union all
  select format('%s may touch %s', coalesce(r.rolname, 'everybody'), c.oid::regclass)
    from pg_class c
   cross join lateral aclexplode(c.relacl) a
    left join pg_roles r on r.oid = a.grantee
   where c.relnamespace::regnamespace::text in ('core', 'api', 'ops', 'audit', 'sealed')
     and (a.grantee = 0 or r.rolname in ('sg_student', 'sg_enrol', 'sg_office', 'sg_report', 'sg_metrics', 'sg_operator'))
   union all
  select format('everybody may call %s', p.oid::regprocedure)
    from pg_proc p
   where p.pronamespace = 'api'::regnamespace and has_function_privilege('public', p.oid, 'execute')
$$;
