-- One-time codes, certificates, renewal, revocation.
begin;
\ir fixture.sql
select * from no_plan();
create function pg_temp.issue(student text, n int, ends interval = '7 days') returns jsonb language sql as $$
  select api.codes_issue('north', jsonb_build_array(jsonb_build_object('student_id', student, 'code_hash', encode(pg_temp.bytes(n,
         32), 'hex'))), now() + ends) - 'students'
$$;
create function pg_temp.spend(code int, key int, new_serial int) returns text language sql as $$
  select concat_ws(' ', s.verdict, s.serial = pg_temp.bytes(new_serial, 16))
    from api.spend_code(pg_temp.bytes(code, 32), pg_temp.bytes(key, 32), pg_temp.bytes(new_serial, 16), 'laptop', 90) s
$$;

select is(api.codes_issue('north', jsonb_build_array(jsonb_build_object('student_id', '1003', 'code_hash', repeat('ab', 32))),
       now() + interval '1 day') -> 'students',
          '[{"student_id": "1003", "given_name": "Cem", "family_name": "Cole"}]', 'with the name for the letter');
select is(pg_temp.issue('1003', 10), '{"issued": 1, "unknown": []}', 'a code is issued');
select is(pg_temp.issue('9999', 11), '{"issued": 0, "unknown": ["9999"]}', 'not for a student who is not there');
select ok(not (s.state).enrolled and (s.state).enrolled_at = now(), 'invited, not enrolled')
  from core.student st, lateral (select x as state from api.student_states('north', st.student_id - 1, 1) x) s
    where st.external_id = '1003' and st.school_id = :north;
select is(pg_temp.spend(12, 50, 60), '11', 'a code nobody issued');
select is(pg_temp.spend(10, 1001, 60), '14', 'a key that another device has');
select is((select count(*) from core.device where name = 'laptop' and student_id not in (select student_id from device)), 0::bigint,
       'leaves no device behind');
select is(pg_temp.spend(10, 50, 60), '0 t', 'does not use up the code');
select is(pg_temp.spend(10, 51, 61), '12', 'spent: another key gets nothing');
select is(pg_temp.spend(10, 50, 62), '0 f', 'spent: the same key gets the serial of the first time');
select is((select count(*) from core.certificate where key_hash = pg_temp.bytes(50, 32)), 1::bigint, 'of one certificate');
select is((select state from core.certificate where key_hash = pg_temp.bytes(50, 32)), 'issuing', 'which is not in force yet');
select ok(s.school_id = :north and s.school_code = 'north' and s.school_name = 'Northern School' and s.not_before <= now()
       and s.not_after = s.not_before + interval '90 days'
          and s.not_before = date_trunc('second', s.not_before) and s.device_id is not null, 'what to sign is complete')
  from api.spend_code(pg_temp.bytes(10, 32), pg_temp.bytes(50, 32), pg_temp.bytes(63, 16), 'laptop', 90) s;
select ok(not api.certificate_issued(:south, pg_temp.bytes(60, 16), '\x3031'), 'another school has no such certificate');
select ok(api.certificate_issued(:north, pg_temp.bytes(60, 16), '\x3031'), 'issued'),
       ok(api.certificate_issued(:north, pg_temp.bytes(60, 16), '\x3032'), 'told twice');
select is((select der from core.certificate where serial = pg_temp.bytes(60, 16)), '\x3031'::bytea, 'the first is kept');

-- ends
select is(pg_temp.issue('1003', 20), '{"issued": 1, "unknown": []}', 'a code for a second device');
select is(pg_temp.issue('1003', 21), '{"issued": 1, "unknown": []}', 'and another, the first was lost');
select is(pg_temp.spend(20, 52, 64), '13', 'which ends the lost one');
select is(pg_temp.spend(21, 52, 64), '0 t', 'the new one enrols');
select throws_ok($$ select pg_temp.issue('1003', 22, '-1 s') $$, '22023', null, 'a code cannot end before it is issued');
select pg_temp.issue('1002', 23) \g /dev/null
update core.enrol_code set expires_at = now() where code_hash = pg_temp.bytes(23, 32);
select is(pg_temp.spend(23, 53, 65), '13', 'expired');
select pg_temp.issue('1002', 24) \g /dev/null
select api.roster_import('north', 'x', '[{"student_id": "1002", "status": "inactive"}]') \g /dev/null
select is(pg_temp.spend(24, 54, 66), '10', 'not on the roster any more');
select is(pg_temp.issue('1002', 25), '{"issued": 0, "unknown": ["1002"]}', 'and gets no new code');

-- renewal
create function pg_temp.renew(tag text, key int, new_serial int) returns text language sql as $$
  select concat_ws(' ', r.verdict, r.serial = pg_temp.bytes(new_serial, 16))
    from device d, api.renew_begin(d.school_id, d.student_id, d.device_id, d.serial, pg_temp.bytes(new_serial, 16),
      pg_temp.bytes(key, 32), 90) r where d.tag = $1
$$;
select is(pg_temp.renew('ada', 70, 80), '0 t', 'renewed with a new key');
select is(pg_temp.renew('ada', 70, 81), '0 f', 'asked again: the serial of the first time');
select is(pg_temp.renew('ada', 50, 82), '14', 'another device''s key is refused');
select ok(api.certificate_issued(:north, pg_temp.bytes(80, 16), '\x30'), 'issued');
select is((select h.verdict from device d, api.hello('north', d.student_id, d.device_id, pg_temp.bytes(80, 16)) h
       where tag = 'ada'), 0::int2, 'the new one is good');
select is((select h.verdict from device d, api.hello('north', d.student_id, d.device_id, d.serial) h where tag = 'ada'), 0::int2,
       'and the old one still');
select is(pg_temp.renew('sol', 1003, 83), '0 t', 'renewed with the key it has');
select is(pg_temp.renew('sol', 1003, 84), '0 f', 'asked again: the serial of the first time');

-- revocation
listen sg_revoked;
select is(api.revoke('north', '9999', null, 'x'), null, 'revoking for a student who is not there says so');
select is(jsonb_array_length(api.revoke('north', '1001', 999999, 'x') -> 'revoked'), 0, 'a device that is not the student''s');
select is(api.revoke('north', '1001', d.device_id, 'lost') -> 'revoked' -> 0 ->> 'name', 'laptop', 'revoked') from device d
       where tag = 'ada';
select is(jsonb_array_length(api.revoke('north', '1001', null, 'lost') -> 'revoked'), 0, 'once');
select is(pg_temp.renew('ada', 71, 85), '8', 'a revoked device renews nothing');
select ok(not api.certificate_issued(:north, pg_temp.bytes(80, 16), '\x30'), 'and no certificate of it comes into force');
select is(jsonb_array_length(api.revoke('north', '1003', null, 'lost') -> 'revoked'), 2, 'all devices of a student');
select is(pg_temp.spend(10, 50, 67), '8', 'a lost answer is not given to a revoked device');
select bag_eq($$ select action, students <> '{}' from audit.event where action in ('revoke') $$, $$ values ('revoke', true),
       ('revoke', true), ('revoke', true), ('revoke', true) $$,
              'each revocation is in the trail');
select ok(count(*) >= 8 and bool_and(detail ? 'issued'), 'each issue too') from audit.event where action = 'codes_issue';
select is_empty($$ select 1 from audit.event where detail::text ~ encode(pg_temp.bytes(10, 32), 'hex') $$, 'without the code');
select * from finish();
rollback;
