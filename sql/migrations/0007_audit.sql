-- The trail: who read or changed which student's record, when, and what for. Append-only: there is no policy for changing or
-- deleting, and the right itself is taken from the owner. Kept as long as the record; the student may inspect it
-- (34 CFR 99.32).
create table audit.event (
  school_id int4 not null references core.school,
  event_id int8 generated always as identity,
  at timestamptz not null default clock_timestamp(),
  actor text not null,    -- database role, and program where it says its name
  action text not null,   -- 'student_show', 'roster_import', …
  students int8[] not null default '{}', -- whose records
  detail jsonb not null default '{}',
  primary key (school_id, event_id)
);
alter table audit.event enable row level security;
alter table audit.event force row level security;
create policy append on audit.event for insert to sg_owner
  with check ((select core.scope_any()) or school_id = any ((select core.scope())::int4[]));
create policy look on audit.event for select to sg_owner
  using ((select core.scope_any()) or school_id = any ((select core.scope())::int4[]));
revoke update, delete, truncate on audit.event from sg_owner;
-- "Who saw my record?"
create index event_by_student on audit.event using gin (students);
