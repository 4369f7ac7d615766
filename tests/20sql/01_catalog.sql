-- Promises about every table, function and role, asked of the catalogue, so that what is added later is held to them too.
begin;
set search_path = tap, pg_catalog;
select * from no_plan();

create temp view ours as
  select n.nspname || '.' || c.relname as name, c.*
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname in ('core', 'api', 'ops', 'audit', 'sealed') and c.relkind in ('r', 'p', 'v', 'm', 'f');
create temp view functions as
  select p.*, n.nspname as schema, n.nspname || '.' || p.proname as name,
         n.nspname = 'api' and coalesce(p.proargtypes[0] = 'api.caller'::regtype, false) as office
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname in ('core', 'api', 'ops', 'audit', 'sealed');
create temp view logins as
  select * from pg_roles where rolname like 'sg\_%' and rolname <> 'sg_owner';

-- tables
select cmp_ok(count(*), '>', 15::bigint, 'there are tables to look at') from ours where relkind = 'r';
select is_empty($$ select name from ours where relkind <> 'c' and not (relrowsecurity and relforcerowsecurity) $$,
                'row-level security is on and forced for every table');
select is_empty($$ select name from ours where not exists (select from pg_policy where polrelid = ours.oid) $$,
                'every table has a policy');
select is_empty($$ select polname from pg_policy where polroles <> array['sg_owner'::regrole::oid] $$,
       'policies speak of sg_owner alone');
select is_empty($$ select name from ours where relowner <> 'sg_owner'::regrole $$, 'sg_owner owns every table');
select is_empty($$ select o.name, r.rolname, x.privilege
                     from ours o, (select rolname from logins union all select 'public') r,
                          (values ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('references'),
                            ('trigger')) x(privilege)
                    where has_table_privilege(r.rolname, o.oid, x.privilege) $$,
                'no login role may do anything with any table');
select is_empty($$ select c.oid::regclass, r.rolname from pg_class c, logins r
                    where c.relkind = 'S' and c.relnamespace::regnamespace::text in ('core', 'api', 'ops', 'audit', 'sealed')
                      and has_sequence_privilege(r.rolname, c.oid, 'usage, select, update') $$,
                'nor with any sequence');
select set_eq($$ select o.name from ours o join pg_index i on i.indrelid = o.oid and i.indisprimary
                   join pg_attribute a on a.attrelid = o.oid and a.attnum = i.indkey[0]
                  where a.attname <> 'school_id' $$,
              array['ops.migration', 'ops.applied_file'], 'school_id stands first in every primary key');
select is_empty($$ select name from ours where relkind = 'r' and not exists (select from pg_index where indrelid = ours.oid
       and indisprimary) $$,
                'every table has a primary key');
select set_eq($$ select i.indexrelid::regclass::text from pg_index i join ours o on o.oid = i.indrelid
                  where not i.indisprimary
                    and (select attname from pg_attribute where attrelid = o.oid and attnum = i.indkey[0]) is distinct
                      from 'school_id' $$,
              array['core.school_code_key', 'core.result_by_student', 'core.progress_stale', 'core.enrol_code_by_hash'],
              'only these indexes begin with something else, each with its reason in the migration');
select is_empty($$ select conrelid::regclass, conname from pg_constraint where contype = 'f' and not convalidated $$,
       'foreign keys are valid');

-- append-only
select is_empty($$ select t, x from unnest(array['audit.event', 'core.result', 'core.plan_change', 'core.estimate_night', 'ops.night',
                                       'ops.parameter_activation', 'core.case_event', 'audit.disclosure', 'audit.seen', 'core.record_request_step', 'ops.mail_text']) t,
                     unnest(array['update', 'delete', 'truncate']) x where has_table_privilege('sg_owner', t, x) $$,
                'not even the owner changes or deletes what is append-only');

-- functions
select set_eq($$ select proname::text from functions where schema = 'api' $$, string_to_array(:'api_files', ','),
              'each function of api has its file, and each file its function');
select set_eq($$ select proname::text from functions where schema = 'core' $$,
              string_to_array(:'core_files', ',') || array['scope', 'scope_any', 'protect', 'sees_all', 'sees', 'protect_student',
              'attempt_facts_keep', 'plan_change_said', 'study_fold', 'study_keep', 'study_said'], 'so has each of core');
select is_empty($$ select name from functions group by name having count(*) > 1 $$, 'a name is one function');
select is_empty($$ select name from functions where proowner <> 'sg_owner'::regrole $$, 'sg_owner owns every function');
select is_empty($$ select name from functions where schema = 'api' and not prosecdef $$, 'functions of api run as their owner');
select is_empty($$ select name from functions where schema <> 'api' and prosecdef $$, 'and no others do');
select is_empty($$ select name from functions where schema = 'api'
                      and not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false) $$,
                'functions of api have a fixed search path');
select is_empty($$ select name from functions where schema = 'api' and proname <> 'connection_check'
                      and not coalesce(proconfig && array['sg.scope=', 'sg.scope=""'], false) $$,
                'functions of api take their scope back');
select set_eq($$ select proname::text from functions where prosrc ~ 'core\.enter_any\(' $$,
              array['enter_school', 'claim_stale', 'revoked_since', 'spend_code', 'parameters', 'school_ensure', 'run_finish', 'job_claim'],
              'only these may look over all schools');
select is_empty($$ select name from functions where schema = 'api' and proname <> 'connection_check' and prosrc !~ 'core\.(staff_)?enter' $$,
                'each other function says for whom it works');
select is_empty($$ select name from functions where schema = 'api' and prosrc ~* '\mexecute\M' $$, 'none puts SQL together');
select is_empty($$ select f.name, r.rolname from functions f, logins r
                    where f.schema <> 'api' and has_function_privilege(r.rolname, f.oid, 'execute') $$,
                'login roles may execute nothing outside api');
select is_empty($$ select name from functions f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
       where a.grantee = 0 $$,
                'PUBLIC may execute nothing');
select results_eq(
  $$ select r.rolname::text collate "C", string_agg(f.proname::text, ' ' order by f.proname::text) collate "C"
       from logins r left join functions f on has_function_privilege(r.rolname, f.oid, 'execute') and not f.office
      group by 1 order by 1 $$,
  $$ values
    ('sg_enrol' collate "C", 'certificate_issued connection_check spend_code' collate "C"),
    ('sg_metrics', 'connection_check'),
    ('sg_office', 'cases_sweep connection_check job_advance job_claim job_finish job_students parameters'),
    ('sg_operator', 'codes_issue connection_check doctor estimates_add import_feed import_file import_take_back imports_of night_keep nights_kept parameters parameters_add parameters_of plans_import queue record_assessments record_evaluations revoke roster_import school_ensure scores_import sealed sealed_change staff_accounts staff_first student_evidence student_facts student_numbers student_pasts student_show student_states trail_export'),
    ('sg_report', 'brief cases_sweep clearance_sweep connection_check estimates_add estimates_keep message_done message_test messages_claim night_keep nights_due paper_accreditation paper_class paper_packet parameters record_assessments record_evaluations run_begin run_finish student_evidence student_facts student_numbers student_pasts student_states'),
    ('sg_student', 'certificate_issued change_plan claim_stale connection_check devices_of disclosures_of hello ingest_results messages_of parameters record_assessments record_evaluations renew_begin revoked_since student_states_of study_add study_of') $$,
  'each role may execute its own functions');
select set_eq($$ select f.proname::text, r.rolname::text from functions f, logins r
                  where f.office and has_function_privilege(r.rolname, f.oid, 'execute') $$,
              $$ select f.proname::text, 'sg_office' from functions f where f.office $$,
              'what judges a caller of the office is the office port''s, all of it, and nobody else''s');

-- roles
select set_eq($$ select rolname::text from logins $$, string_to_array(:'map_roles', ','),
       'the ident map of private-cluster knows every role');
select is_empty($$ select rolname from pg_roles where rolname like 'sg\_%'
                      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication) $$,
                        'no role has a special right');
select is_empty($$ select rolname from logins where not rolcanlogin $$, 'the programs'' roles log in');
select ok(not rolcanlogin, 'the owner does not') from pg_roles where rolname = 'sg_owner';
select is_empty($$ select * from pg_auth_members m where m.member::regrole::text like 'sg\_%' $$, 'no role is in another');
select is_empty($$ select r.rolname, n.nspname from logins r, pg_namespace n
                    where n.nspname in ('core', 'ops', 'audit', 'sealed')
                      and has_schema_privilege(r.rolname, n.oid, 'usage, create') $$,
                'login roles enter no schema but api');
select is_empty($$ select rolname from logins where has_schema_privilege(rolname, 'api', 'create')
       or has_database_privilege(rolname, current_database(), 'create, temporary') $$,
                'and create nothing');

select * from finish();
rollback;
