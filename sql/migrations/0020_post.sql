-- The post: one row for each thing that is told to each recipient, by mail or to a webhook; who wants which mail; what the school
-- writes to students; where programs of others listen.
--
-- A message is put here in the transaction that makes it true (core.post_night in api.run_finish, core.post_sweep in
-- api.cases_sweep), and nowhere else, so nothing is told that did not happen and nothing that happened is forgotten. dedup_key says
-- which thing and to whom; it is unique, so a night that is run twice, or two sweeps at once, put it here once.
--
-- document is all that the message is made of. It does not change once a sender has taken the row, so every attempt sends the same
-- bytes under the same header_id. Taking is a lease (api.messages_claim): a sender that dies is followed by another when it is
-- over. The one way to a second copy is to die between the server's last word and our commit; both then have the same Message-ID.
--
--     waiting ──claim──▶ sending ──sent──▶ sent
--        ▲  │              │  └──refused──▶ failed
--        │  │ later        │
--        └──┼──────────────┘   gathered: told with another message (beyond a day's cap, or one of a list of reminders)
--           └──▶ dropped       (nobody to tell any more, or too late)
--
-- Names stand in document only where the school had switched mail_names on when it was written, and go with it once it is told and
-- message_keep_days are over (core.post_sweep). No function of the office reads it.
--
-- Rejected: sending from the transaction's end (a mail server that hangs would hold up the night); a spool of files (two hosts, and
-- a restore would send again what the database does not know was sent); Bcc lists (a fault of one address is one of all).

create table core.webhook (
  school_id int4 not null references core.school,
  webhook_id int8 generated always as identity,
  url text not null check (url ~ '^https://[!-~]+$' and length(url) <= 1000), -- printable ASCII: goes into a request as it is
  about text not null default '' check (length(about) <= 200), -- the school's own words
  events text[] not null check (cardinality(events) > 0 and events <@ array['night', 'urgent', 'escalation']),
  secret bytea not null,      -- sealed with a key that is not in the database
  secret_for text not null check (secret_for ~ '^[0-9a-f]{32}$'), -- what it is bound to, made with it: SEAL_WEBHOOK_NAME
  status text not null default 'on' check (status in ('on', 'off', 'failing')), -- off: by a person; failing: by webhook_failures
  failures int4 not null default 0, -- in a row
  last_ok_at timestamptz,
  last_failed_at timestamptz,
  last_reply text not null default '' check (length(last_reply) <= 300),
  created_by int8 not null,
  created_at timestamptz not null,
  revision int4 not null default 1,
  primary key (school_id, webhook_id),
  unique (school_id, secret_for),
  foreign key (school_id, created_by) references core.staff
);
call core.protect('core.webhook');

-- What somebody wants by mail; without a row, all of it. What is urgent and what is escalated comes in any case.
create table core.mail_choice (
  school_id int4 not null,
  staff_id int8 not null,
  brief bool not null default true,    -- deans: every night's
  digest bool not null default true,   -- advisers: what changed among one's own students
  reminder bool not null default true, -- follow-ups and time-outs of one's own cases
  set_at timestamptz not null,
  revision int4 not null default 1,
  primary key (school_id, staff_id),
  foreign key (school_id, staff_id) references core.staff
);
call core.protect('core.mail_choice');

-- The school's own words to students. Every version is kept, the newest counts; without one nothing is sent. {days} and {school}
-- are put in; there is no name, as in every mail.
create table ops.mail_text (
  school_id int4 not null references core.school,
  kind text not null check (kind in ('student_reminder')),
  version int4 not null check (version > 0),
  subject text not null check (subject ~ '[^[:space:]]' and length(subject) <= 120 and subject !~ '[[:cntrl:]{}]'),
  body text not null check (body ~ '[^[:space:]]' and length(body) <= 4000
                            and regexp_replace(body, '\{(days|school)\}|\n', '', 'g') !~ '[[:cntrl:]{}]'),
  written_by int8 not null,
  written_at timestamptz not null,
  primary key (school_id, kind, version),
  foreign key (school_id, written_by) references core.staff
);
call core.protect('ops.mail_text');
revoke update, delete, truncate on ops.mail_text from sg_owner;

create table ops.message (
  school_id int4 not null references core.school,
  message_id int8 generated always as identity,
  kind text not null
    check (kind in ('brief', 'digest', 'urgent', 'escalation', 'reminder', 'student_reminder', 'test', 'webhook')),
  -- 'brief/2027-01-15/staff/17'; by bytes, so that what begins with the same thing is a range of its index
  dedup_key text collate "C" not null check (dedup_key <> '' and length(dedup_key) <= 200),
  run_id int8,
  staff_id int8,
  student_id int8,
  webhook_id int8,
  case_id int8,      -- what it is about, where it is one
  address text not null check (length(address) <= 1000), -- where it goes, as known when it was put here
  document jsonb not null,
  header_id text not null check (header_id ~ '^[0-9a-f]{32}$'), -- Message-ID before the @; webhook-id
  made_at timestamptz not null,    -- Date
  not_before timestamptz not null, -- quiet hours
  give_up_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'failed', 'dropped', 'gathered')),
  gathered_into int8,
  attempts int4 not null default 0,
  next_try_at timestamptz not null,
  lease_until timestamptz,
  lease int8, -- which claim: whoever lost it cannot say what became of the message
  last_reply text not null default '' check (length(last_reply) <= 300), -- the server's words, cleaned
  sent_at timestamptz,
  ended_at timestamptz, -- sent, failed, dropped or gathered
  primary key (school_id, message_id),
  unique (school_id, dedup_key),
  foreign key (school_id, staff_id) references core.staff,
  foreign key (school_id, webhook_id) references core.webhook,
  foreign key (school_id, run_id) references ops.run,
  check ((state = 'sending') = (lease is not null)),
  check ((state = 'sending') = (lease_until is not null)),
  check ((state = 'sent') = (sent_at is not null)),
  check ((state in ('waiting', 'sending')) = (ended_at is null)),
  check ((state = 'gathered') = (gathered_into is not null))
);
call core.protect('ops.message');
-- What is due; of all messages the few that are not done.
create index message_due on ops.message (school_id, next_try_at) where state in ('waiting', 'sending');
-- The office's list, newest first; how many somebody was sent on a day.
create index message_by_time on ops.message (school_id, made_at);
create index message_by_staff on ops.message (school_id, staff_id, made_at) where staff_id is not null;
-- Documents that have done their work.
create index message_with_document on ops.message (school_id, ended_at) where ended_at is not null and document <> '{}';
