-- Schemas, the scope that row-level security looks at, and the one way a table is put under it.
--
--   core    facts: schools, students, devices, results, plans, and what is computed from them
--   api     functions, the only thing the login roles may call
--   ops     runs and parameters of the programs, migrations
--   audit   who read or changed what; append-only
--   sealed  demographics, for the fairness audit alone. Empty until an import brings some; nothing but sg_owner may enter it
--
-- Scope. A function of api says at its start for which schools it works (core.enter…); every policy asks for it; outside such
-- a function there is none and every table is empty, also for sg_owner (policies are forced). So a forgotten "where school_id ="
-- shows one school's rows to that school at worst, and a role that came to own a table right would still see nothing. Each
-- function of api carries `set sg.scope = ''`, which takes the scope back at its end.
--
-- Rejected: the role as identity (one role per school: thousands of roles, and the pool could not share connections); the
-- session as identity (a pooled connection serves everybody); triggers (a second place where things happen, and Citus has none).

create schema core;
create schema api;
create schema ops;
create schema audit;
create schema sealed;

comment on schema core is 'facts, and what is computed from them';
comment on schema api is 'functions: all that the login roles may use';
comment on schema ops is 'runs and parameters of the programs, migrations';
comment on schema audit is 'who read or changed what; append-only';
comment on schema sealed is 'demographics, for the fairness audit alone';

-- A new function may be executed by nobody; grants.sql names who may. (Without "in schema": PUBLIC's default right is global.)
alter default privileges revoke execute on functions from public;

grant usage on schema api to sg_student, sg_enrol, sg_office, sg_report, sg_metrics, sg_operator;

-- The schools in scope, or null for none. '*' is every school: for the few functions that must find the school first
-- (core.enter_any), or that work for all of them.
create function core.scope() returns int4[]
  language sql stable parallel safe
  return nullif(nullif(current_setting('sg.scope', true), ''), '*')::int4[];

create function core.scope_any() returns bool
  language sql stable parallel safe
  return current_setting('sg.scope', true) = '*';

-- Puts a table under row-level security. The scalar subqueries make the planner ask once per statement, not once per row.
create procedure core.protect(p_table regclass)
  language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('create policy by_school on %s to sg_owner
                  using ((select core.scope_any()) or school_id = any ((select core.scope())::int4[]))', p_table);
end
$$;

-- What was applied. Written by the migration runner (server/db/migrate.c), which reads it before it can know any school, hence
-- the policy without scope.
create table ops.migration (
  number int4 primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp()
);
create table ops.applied_file (
  name text primary key, -- 'api/hello.sql', 'grants.sql'
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp()
);
alter table ops.migration enable row level security;
alter table ops.migration force row level security;
create policy runner on ops.migration to sg_owner using (true);
alter table ops.applied_file enable row level security;
alter table ops.applied_file force row level security;
create policy runner on ops.applied_file to sg_owner using (true);
