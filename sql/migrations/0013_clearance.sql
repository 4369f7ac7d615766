-- The clearance ledger: the school's policies as data, and what people decided by them.
--
-- A policy is a document in a small closed language (core.policy_language): what evidence is required, by when, who decides, what
-- may be waived. It is written as a draft, previewed, and made active by a person; from then on its rule never changes, and a
-- decision names the version it was made by. The software says whether a student meets it and by which results; it decides nothing
-- and bars nobody.
--
-- Rejected: rules as code (nobody could preview, replay or read them); storing what the software proposes (it follows from results,
-- plan and rule, and changes with each of them; what it was when a person decided is kept with the decision).
create table core.policy (
  school_id int4 not null references core.school,
  policy_id int8 generated always as identity,
  class_year int2 check (class_year between 1900 and 2999), -- null: every class that has no policy of its own
  version int4 not null check (version > 0), -- counted for each class_year
  state text not null default 'draft' check (state in ('draft', 'previewed', 'active', 'superseded', 'retired')),
  rule jsonb not null check (jsonb_typeof(rule) = 'object' and octet_length(rule::text) <= 65536),
  reason text not null check (reason <> '' and length(reason) <= 1000), -- why this version
  revision int4 not null default 1,
  created_by int8 not null,
  created_at timestamptz not null,
  changed_by int8 not null,
  changed_at timestamptz not null,
  previewed_by int8,
  previewed_at timestamptz,
  activated_by int8,
  activated_at timestamptz,
  ended_by int8,
  ended_at timestamptz,
  primary key (school_id, policy_id),
  unique nulls not distinct (school_id, class_year, version),
  foreign key (school_id, created_by) references core.staff,
  foreign key (school_id, changed_by) references core.staff,
  foreign key (school_id, previewed_by) references core.staff,
  foreign key (school_id, activated_by) references core.staff,
  foreign key (school_id, ended_by) references core.staff,
  check (state <> 'active' or activated_by is not null), -- by a person
  check ((state in ('superseded', 'retired')) = (ended_at is not null))
);
call core.protect('core.policy');
-- One in force for a class; of two who activate at once, one finds it taken.
create unique index policy_active on core.policy (school_id, class_year) nulls not distinct where state = 'active';

-- What people decided about an attempt, each with all it rested on. Append-only: a further decision supersedes the one before. No
-- foreign key to the one superseded: checking it would lock a row that nobody may change.
create table core.clearance (
  school_id int4 not null,
  student_id int8 not null,
  attempt int2 not null check (attempt between 1 and 11),
  revision int4 not null check (revision > 0), -- supersedes the one before; also: of two who decide at once, one finds it taken
  clearance_id int8 generated always as identity,
  state text not null check (state in ('cleared', 'conditional', 'not_cleared', 'waived', 'undecided')), -- undecided: taken back
  policy_id int8,          -- the version in force; null where there was none
  proposal text not null check (proposal in ('meets', 'does_not_meet', 'cannot_say', 'no_policy')), -- what the software said
  findings jsonb not null, -- each clause of the rule: true, false or unknown, with its numbers
  evidence jsonb not null, -- [{"result_id", "revision", …}]: the results it rested on
  exam_on date,
  p float8, p_low float8, p_high float8, estimate_as_of timestamptz, -- as shown; null where there was no estimate
  reviewed text[] not null check (cardinality(reviewed) > 0), -- what the person looked at: core.review_items()
  reason text not null check (reason <> '' and length(reason) <= 4000),
  conditions text not null default '' check (length(conditions) <= 2000),
  student_view text not null default '' check (length(student_view) <= 4000), -- what the student said about it
  valid_until date,
  staff_id int8 not null,
  role text not null,
  counsellor_allowed bool not null default false, -- the policy let whoever counsels decide: not on the assessors' side of the wall
  decided_at timestamptz not null,
  primary key (school_id, student_id, attempt, revision),
  unique (school_id, clearance_id),
  foreign key (school_id, student_id) references core.student,
  foreign key (school_id, policy_id) references core.policy,
  foreign key (school_id, staff_id) references core.staff,
  check (state <> 'conditional' or conditions <> '')
);
call core.protect_student('core.clearance');
revoke update, delete, truncate on core.clearance from sg_owner;

-- A student to be held against a policy, at a time: today, or on a past day in a replay (core.policy_findings).
create type core.policy_case as (
  n int8,              -- tells it apart
  student_id int8,
  as_of timestamptz,
  today date,          -- of as_of, in the school's zone
  exam_on date,
  attempt int2,
  breaks text[],       -- core.calendar_rows; null: not known
  past bool            -- replay: what became known later does not count, and there is no estimate
);
