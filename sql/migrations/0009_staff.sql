-- The office's people: accounts, sessions, tokens, and the grounds on which they see a student's record.
--
-- Scope has two parts from here on (setting sg.scope): which schools, and which of their students. Programs that work for a school
-- (student port, report, operator's tool) have all of them; a person of the office has those for whom there is a ground, and before
-- core.staff_enter() has found one, nobody. Both parts are in one setting: no function can restore one and forget the other.
--
--   ''            nothing                '{3}|*'        all students of school 3
--   '*|*'         everything             '{3}|{17,44}'  those two
--
-- Rejected: a database role for each person (the pool could not share connections); deciding in C what may be shown (a forgotten
-- check would show a record; here it shows an empty page).

create or replace function core.scope() returns int4[]
  language sql stable parallel safe
  return nullif(nullif(split_part(current_setting('sg.scope', true), '|', 1), ''), '*')::int4[];

create or replace function core.scope_any() returns bool
  language sql stable parallel safe
  return split_part(current_setting('sg.scope', true), '|', 1) = '*';

create function core.sees_all() returns bool
  language sql stable parallel safe
  return split_part(current_setting('sg.scope', true), '|', 2) = '*';

create function core.sees() returns int8[]
  language sql stable parallel safe
  return nullif(nullif(split_part(current_setting('sg.scope', true), '|', 2), ''), '*')::int8[];

-- A table whose rows are about one student each: only those in scope.
create procedure core.protect_student(p_table regclass)
  language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('drop policy if exists by_school on %s', p_table);
  execute format('create policy by_ground on %s to sg_owner
                  using (((select core.scope_any()) or school_id = any ((select core.scope())::int4[]))
                     and ((select core.sees_all()) or student_id = any ((select core.sees())::int8[])))', p_table);
end
$$;
call core.protect_student('core.student');
call core.protect_student('core.progress');
call core.protect_student('core.enrol_code');
call core.protect_student('core.device');
call core.protect_student('core.certificate');
call core.protect_student('core.result');
call core.protect_student('core.plan_change');
call core.protect_student('core.assessment');
call core.protect_student('core.flag');

-- ---- people

create table core.staff (
  school_id int4 not null references core.school,
  staff_id int8 generated always as identity,
  email text not null check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
  name text not null check (name <> '' and length(name) <= 120),
  roles text[] not null check (cardinality(roles) > 0
    and roles <@ array['dean', 'adviser', 'operator', 'auditor', 'administrator']),
  status text not null default 'invited' check (status in ('invited', 'active', 'disabled')),
  password_hash text,     -- argon2id, encoded; null until chosen, or where only single sign-on is used
  password_set_at timestamptz,
  totp_secret bytea,      -- sealed with a key that is not in the database
  totp_pending bytea,     -- sealed likewise; becomes the secret once a code made with it has come
  totp_confirmed_at timestamptz,
  totp_last_step int8 not null default 0, -- a code counts once
  oidc_issuer text,       -- the school's identity provider, and who this person is there, once seen
  oidc_subject text,
  created_at timestamptz not null default now(),
  revision int4 not null default 1,
  primary key (school_id, staff_id),
  unique (school_id, email),
  unique (school_id, oidc_issuer, oidc_subject),
  check ((oidc_issuer is null) = (oidc_subject is null))
);
call core.protect('core.staff');

-- One-time codes that let an invited person (or one whose second factor was reset) choose a password. Kept as SHA-256.
create table core.staff_invitation (
  school_id int4 not null,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  staff_id int8 not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (school_id, code_hash),
  foreign key (school_id, staff_id) references core.staff
);
call core.protect('core.staff_invitation');

create table core.staff_recovery_code (
  school_id int4 not null,
  staff_id int8 not null,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  used_at timestamptz,
  primary key (school_id, staff_id, code_hash),
  foreign key (school_id, staff_id) references core.staff
);
call core.protect('core.staff_recovery_code');

-- A signed-in browser. The token itself is known to the browser alone.
create table core.session (
  school_id int4 not null,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  session_id int8 generated always as identity,
  staff_id int8 not null,
  csrf_hash bytea not null check (octet_length(csrf_hash) = 32),
  method text not null check (method in ('password', 'oidc')),
  restricted bool not null default false, -- no second factor yet: good for setting one up, and for nothing else
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  stepped_up_at timestamptz not null, -- last proof that the person is there
  stepped_up_full bool not null default true, -- with all that this person signs in with, not one part of it
  expires_at timestamptz not null,    -- the absolute limit
  ended_at timestamptz,
  ended_why text check (ended_why in ('signed out', 'ended elsewhere', 'idle', 'expired', 'account changed', 'too many')),
  address text not null,
  agent text not null,
  primary key (school_id, token_hash),
  unique (school_id, session_id),
  foreign key (school_id, staff_id) references core.staff,
  check ((ended_at is null) = (ended_why is null))
);
call core.protect('core.session');
-- A person's own list of sessions; ending all of them.
create index session_by_staff on core.session (school_id, staff_id) where ended_at is null;

-- Programs that read the API: a scope is a right (core.role_rights), never more than 'school' reach for reading.
create table core.service_token (
  school_id int4 not null references core.school,
  token_id int8 generated always as identity,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  name text not null check (name <> '' and length(name) <= 120),
  scopes text[] not null check (cardinality(scopes) > 0),
  created_by int8 not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (school_id, token_id),
  unique (school_id, token_hash),
  foreign key (school_id, created_by) references core.staff
);
call core.protect('core.service_token');

-- Tries to sign in that did not succeed, so that every worker counts alike (core.throttle_take says what is counted and why).
-- Neither addresses of people nor those of networks stand here, only a hash: what somebody types is not always their address.
create table core.throttle (
  school_id int4 not null references core.school,
  who text not null, -- 'account:…', 'network:…', 'pair:…' and 16 bytes of a hash
  failures int4 not null,
  last_failed_at timestamptz not null,
  blocked_until timestamptz not null,
  primary key (school_id, who)
);
call core.protect('core.throttle');

-- ---- grounds

-- Why somebody may see a student's record. 'dean of the school' is no row: it comes with the role. 'counsellor' and 'adviser'
-- counsel; 'assessor' and 'committee' assess or promote; nobody does both for one student (LCME 11.1; core.ground_conflict).
create table core.ground (
  school_id int4 not null,
  ground_id int8 generated always as identity,
  staff_id int8 not null,
  student_id int8 not null,
  kind text not null check (kind in ('adviser', 'counsellor', 'committee', 'assessor')),
  reason text not null default '' check (length(reason) <= 500),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until > valid_from),
  granted_by int8, -- null: the roster
  granted_at timestamptz not null,
  ended_at timestamptz,
  ended_by int8,
  primary key (school_id, ground_id),
  foreign key (school_id, staff_id) references core.staff,
  foreign key (school_id, student_id) references core.student,
  check (kind <> 'committee' or valid_until is not null) -- until a date
);
call core.protect_student('core.ground');
create index ground_by_staff on core.ground (school_id, staff_id) where ended_at is null;
create index ground_by_student on core.ground (school_id, student_id);

-- Whose students somebody sees while that person is away.
create table core.cover (
  school_id int4 not null,
  cover_id int8 generated always as identity,
  absent_id int8 not null,
  staff_id int8 not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null check (valid_until > valid_from),
  reason text not null default '' check (length(reason) <= 500),
  granted_by int8 not null,
  granted_at timestamptz not null,
  ended_at timestamptz,
  primary key (school_id, cover_id),
  foreign key (school_id, absent_id) references core.staff,
  foreign key (school_id, staff_id) references core.staff,
  check (absent_id <> staff_id)
);
call core.protect('core.cover');
create index cover_by_staff on core.cover (school_id, staff_id) where ended_at is null;

-- ---- what the office sets

-- Every number the office works by that a school may change; the defaults, with source, are core.setting_defaults().
create table ops.setting (
  school_id int4 not null references core.school,
  key text not null,
  value jsonb not null,
  set_by int8,
  set_at timestamptz not null,
  revision int4 not null default 1,
  primary key (school_id, key)
);
call core.protect('ops.setting');

-- ---- the trail: who, on what ground, from where

alter table audit.event add column staff_id int8;
alter table audit.event add column ground text;
alter table audit.event add column address text;
alter table audit.event add column request_id text;
alter table audit.event add column status int2; -- of the answer, where there was one
create index event_by_staff on audit.event (school_id, staff_id, at) where staff_id is not null;
create index event_by_time on audit.event (school_id, at);

-- ---- types of the office's interface

-- Who asks. What the daemon knows of the request; nothing in it is believed before core.staff_enter() has looked.
create type api.caller as (
  school_code text,
  token_hash bytea, -- SHA-256 of the session's cookie or of the bearer token; null: nobody
  service bool,     -- the latter
  csrf_hash bytea,  -- SHA-256 of the header's token; null where there was none
  address text,
  agent text,
  request_id text
);

-- What is answered. Refusals are raised instead (core.refuse).
create type api.reply as (
  status int2,
  media text,      -- 'application/json'
  body text,
  students int8[], -- whose records are in it: the daemon puts them on the trail before the answer leaves (api.looked)
  ground text
);

-- Who a request of the office turned out to be, and what it may see (core.staff_enter).
create type core.me as (
  school_id int4,
  school_code text,
  zone text,
  staff_id int8,  -- null for a program
  token_id int8,  -- of a program
  session_id int8,
  name text,
  roles text[],
  "right" text,
  reach text,     -- 'school', 'grounds', 'none'
  ground text,    -- for reach 'school': 'dean of the school'; else null, see core.ground_for()
  now timestamptz,
  caller api.caller
);
