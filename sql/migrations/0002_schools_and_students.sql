-- Schools and their students: who is on the roster, and how far each one's data have come.
--
-- school_id stands first in every key of every table, so that a school can be moved, exported or deleted as one range, and so
-- that the tables can be distributed by it. Ids are numbers made here; the school's own id of a student is external_id and never
-- a key: schools correct them.

create table core.school (
  school_id int4 generated always as identity primary key,
  code text not null unique check (code ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'), -- stands in certificates
  name text not null check (name <> ''),
  zone text not null, -- IANA; days and nights are meant in it
  parameters_id int4, -- the set in force, of ops.parameter_set; null until there is one
  created_at timestamptz not null default now()
);
call core.protect('core.school');

create table core.student (
  school_id int4 not null references core.school,
  student_id int8 generated always as identity,
  external_id text not null check (external_id <> '' and length(external_id) <= 64),
  given_name text not null default '',
  family_name text not null default '',
  email text not null default '',
  class_year int2,
  track int2 not null default 0 check (track between 0 and 2), -- 0 us_md, 1 us_do, 2 non_us: RISK_TRACK_…
  adviser_email text not null default '',
  dedicated_day date, -- as the roster says; a student's own plan goes before it
  deadline date,      -- by which the school wants the exam taken
  status text not null default 'active' check (status in ('active', 'leave', 'inactive')),
  id_salt uuid not null default gen_random_uuid(), -- mixed into ids made from content; the student's devices know it, nobody else
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (school_id, student_id),
  unique (school_id, external_id) -- imports and the office name students by it
);
call core.protect('core.student');

-- One narrow row per student beside the wide one, because it changes with every sync: a new version of it costs 80 bytes, not a
-- copy of the name and address.
--
-- version counts changes of anything the estimate rests on; assessed_version is the one the stored estimate was made from. A
-- student is stale when they differ. That they are two numbers and not a flag makes recording an estimate a compare-and-swap.
create table core.progress (
  school_id int4 not null,
  student_id int8 not null,
  version int8 not null default 1,
  assessed_version int8 not null default 0,
  changed_at timestamptz not null default now(), -- of version
  lease_until timestamptz,  -- somebody is busy with the estimate; not to be claimed before
  invited_at timestamptz,   -- first enrolment code
  enrolled_at timestamptz,  -- first device
  last_sync_at timestamptz, -- last contact of any device
  primary key (school_id, student_id),
  foreign key (school_id, student_id) references core.student
);
call core.protect('core.progress');
-- The janitor takes the oldest stale students of all schools (api.claim_stale), hence no school_id in front. Holds stale
-- students only, so it stays small; the price is that bumping a version cannot be a heap-only update.
create index progress_stale on core.progress (changed_at) where assessed_version < version;

-- Each import of a file, with what it did.
create table ops.import (
  school_id int4 not null references core.school,
  import_id int8 generated always as identity,
  kind text not null check (kind in ('roster', 'plans')),
  source text not null, -- name of the file, as the operator gave it
  rows int4 not null,
  imported_at timestamptz not null default now(),
  result jsonb not null,
  primary key (school_id, import_id)
);
call core.protect('ops.import');
