-- One-time codes, devices, keys and certificates.
--
-- Nothing is signed that could not be revoked later: device and certificate rows are committed, in state 'issuing', before
-- stepguard-ca is asked for a signature. A certificate whose row never reached 'issued' is refused at the student port.

-- Codes are kept as the SHA-256 of their secret: a copy of this table enrols nobody.
create table core.enrol_code (
  school_id int4 not null,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  student_id int8 not null,
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  spent_at timestamptz,
  spent_key_hash bytea, -- the same key again is a lost answer, not a second use
  spent_device_id int8,
  primary key (school_id, code_hash),
  foreign key (school_id, student_id) references core.student,
  check ((spent_at is null) = (spent_key_hash is null) and (spent_at is null) = (spent_device_id is null))
);
call core.protect('core.enrol_code');
-- Whoever enrols knows the code and not the school's number.
create index enrol_code_by_hash on core.enrol_code (code_hash);
-- Issuing a code ends the student's earlier ones.
create index enrol_code_by_student on core.enrol_code (school_id, student_id);

create table core.device (
  school_id int4 not null,
  device_id int8 generated always as identity,
  student_id int8 not null,
  name text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  revoked_reason text,
  primary key (school_id, device_id),
  foreign key (school_id, student_id) references core.student
);
call core.protect('core.device');
-- A student's devices: the office's page, revoking all of them.
create index device_by_student on core.device (school_id, student_id);

-- Which device a public key belongs to, for ever: a key that turns up at a second device was copied.
create table core.device_key (
  school_id int4 not null,
  key_hash bytea not null check (octet_length(key_hash) = 32), -- SHA-256 of SubjectPublicKeyInfo
  device_id int8 not null,
  primary key (school_id, key_hash),
  foreign key (school_id, device_id) references core.device
);
call core.protect('core.device_key');

create table core.certificate (
  school_id int4 not null,
  serial bytea not null check (octet_length(serial) = 16),
  student_id int8 not null,
  device_id int8 not null,
  key_hash bytea not null,
  state text not null default 'issuing' check (state in ('issuing', 'issued')),
  not_before timestamptz not null,
  not_after timestamptz not null check (not_after > not_before),
  created_at timestamptz not null default clock_timestamp(),
  der bytea,
  primary key (school_id, serial),
  foreign key (school_id, device_id) references core.device,
  check ((state = 'issued') = (der is not null))
);
call core.protect('core.certificate');
-- A renewal asked for again must find the certificate it was given the first time.
create index certificate_by_device on core.certificate (school_id, device_id);
