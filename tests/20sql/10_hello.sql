begin;
\ir fixture.sql
select * from no_plan();
select is(h.verdict, 0::int2, 'an enrolled device is welcome'), is(h.school_id, :north, 'at its school'),
       is(h.school_name, 'Northern School', 'by name'),
       is(h.zone, 'America/New_York', 'in its zone'), ok(h.not_after between now() + interval '89 days'
         and now() + interval '91 days', 'until its end')
  from device d, api.hello('north', d.student_id, d.device_id, d.serial) h where d.tag = 'ada';
select is((pg_temp.state_of('ada')).last_sync_at, now(), 'the contact is noted');

create function pg_temp.verdict(school text, tag text, serial_of text, student_of text = null) returns int2 language sql as $$
  select h.verdict from device d, device s, device t, api.hello(school, t.student_id, d.device_id, s.serial) h
   where d.tag = $2 and s.tag = $3 and t.tag = coalesce($4, $2)
$$;
select is(pg_temp.verdict('nowhere', 'ada', 'ada'), 9::int2, 'a school that is not here');
select is(pg_temp.verdict('south', 'ada', 'ada'), 7::int2, 'a certificate of another school of this house');
select is(pg_temp.verdict('north', 'ada', 'ben'), 7::int2, 'another device''s serial');
select is(pg_temp.verdict('north', 'ada', 'ada', 'ben'), 7::int2, 'the own certificate in another''s name');
select is((select verdict from device d, api.hello('north', d.student_id, d.device_id, '\x00') where tag = 'ada'), 7::int2,
       'a serial nobody issued');
select ok(h.school_name is null and h.zone is null and h.not_after is null, 'a refusal tells nothing of the school')
  from device d, api.hello('north', d.student_id, d.device_id, '\x00') h where tag = 'ada';

savepoint before;
update core.certificate set not_after = not_before - interval '1 s', not_before = not_before - interval '2 s'
  where serial = (select serial from device where tag = 'ada');
select is(pg_temp.verdict('north', 'ada', 'ada'), 7::int2, 'past its end');
rollback to before;
update core.certificate set state = 'issuing', der = null where serial = (select serial from device where tag = 'ada');
select is(pg_temp.verdict('north', 'ada', 'ada'), 7::int2, 'begun but never issued');
rollback to before;
select api.roster_import('north', 'x', '[{"student_id": "1001", "status": "leave"}]') \g /dev/null
select is(pg_temp.verdict('north', 'ada', 'ada'), 0::int2, 'on leave: may go on');
select api.roster_import('north', 'x', '[{"student_id": "1001", "status": "inactive"}]') \g /dev/null
select is(pg_temp.verdict('north', 'ada', 'ada'), 10::int2, 'not on the roster any more');
rollback to before;
select api.revoke('north', '1001', null, 'lost') \g /dev/null
select is(pg_temp.verdict('north', 'ada', 'ada'), 8::int2, 'revoked');

-- the salt of ids made from content
rollback to before;
select pg_temp.enrol('ada2', 'north', '1001', 9) \g /dev/null
create function pg_temp.salt(tag text) returns uuid language sql as $$
  select h.id_salt from device d, api.hello((select code from core.school s where s.school_id = d.school_id), d.student_id,
         d.device_id, d.serial) h where d.tag = $1
$$;
select is(pg_temp.salt('ada'), pg_temp.salt('ada2'), 'all devices of a student mix the same salt into ids');
select isnt(pg_temp.salt('ada'), pg_temp.salt('ben'), 'another student''s another');
select is((select h.id_salt from device d, api.hello('north', d.student_id, d.device_id, '\x00') h where tag = 'ada'), null,
       'and whom it does not belong to learns none');
select * from finish();
rollback;
