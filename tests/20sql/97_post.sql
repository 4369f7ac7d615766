-- The post: what is put into it, for whom, when, once; how it is taken and given back. Sending itself is tests/60e2e/test_post.py.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();
select pg_temp.at('2026-11-23 15:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();

create function pg_temp.set(p_key text, p_value text) returns void language sql as $$
  insert into ops.setting (school_id, key, value, set_at)
  select s.school_id, p_key, p_value::jsonb, core.now() from core.school s where s.code = 'north'
      on conflict (school_id, key) do update set value = excluded.value
$$;
create function pg_temp.person_of(p_id int8) returns text language sql as $$ select p.tag from person p where p.staff_id = p_id $$;
-- What is in the post, in the order in which it came: 'urgent ida waiting'.
create function pg_temp.post(p_kind text default '%') returns text language sql as $$
  select coalesce(string_agg(concat_ws(' ', m.kind, coalesce(pg_temp.person_of(m.staff_id), m.address), m.state), ' · '
                             order by m.message_id), '')
    from ops.message m where m.kind like p_kind
$$;
create function pg_temp.sweep() returns jsonb language sql as $$ select api.cases_sweep('north', null) -> 'post' $$;
create function pg_temp.empty() returns void language sql as $$ delete from ops.message $$;

-- ---- addresses
select is(core.post_address_good(a), true, a) from (values ('a@b'), ('first.last+tag@school.example'), ('o''brien@s-1.example'),
  (repeat('a', 64) || '@school.example')) v(a);
select is(core.post_address_good(a), false, coalesce(quote_literal(a), 'null')) from (values ('a'), ('@b'), ('a@'), ('a b@c'), ('a@b@c'),
  (E'a@b\r\nBcc: c@d'), (E'a@b\n'), ('a..b@c'), ('.a@b'), ('a.@b'), ('a@-b'), ('a@b-'), ('a@b..c'), ('<a@b>'), ('"a b"@c'), ('a@[127.0.0.1]'),
  ('ä@b.example'), ('a@bücher.example'), (repeat('a', 65) || '@b'), ('a@' || repeat('b', 260)), (null)) v(a);

-- ---- quiet hours, on the school's clock (New York: 20 to 7)
select is(core.post_not_before(:north, at), later, coalesce(why, at::text)) from (values
  ('2026-11-23 15:00Z'::timestamptz, '2026-11-23 15:00Z'::timestamptz, 'at ten in the morning at once'),
  ('2026-11-24 00:59Z', '2026-11-24 00:59Z', 'a minute before quiet too'),
  ('2026-11-24 01:00Z', '2026-11-24 12:00Z', 'at eight in the evening not before seven'),
  ('2026-11-24 11:59Z', '2026-11-24 12:00Z', 'at one minute to seven the same'),
  ('2026-11-24 12:00Z', '2026-11-24 12:00Z', 'at seven at once'),
  ('2026-11-01 03:00Z', '2026-11-01 12:00Z', 'the night in which clocks go back has an hour more'),
  ('2026-03-08 03:00Z', '2026-03-08 11:00Z', 'the night in which they go forward one less')) v(at, later, why);
select pg_temp.set('quiet_from_h', '1'), pg_temp.set('quiet_to_h', '5') \g /dev/null
select is(core.post_not_before(:north, '2026-11-24 07:00Z'), '2026-11-24 10:00Z'::timestamptz, 'quiet that does not pass midnight'),
       is(core.post_not_before(:north, '2026-11-24 04:00Z'), '2026-11-24 04:00Z'::timestamptz, 'before it');
select pg_temp.set('quiet_to_h', '1') \g /dev/null
select is(core.post_not_before(:north, '2026-11-24 06:00Z'), '2026-11-24 06:00Z'::timestamptz, 'the same hour twice is none');
delete from ops.setting;

-- ---- the urgent class
update core.attempt_fact set exam_on = null;
select api.plans_import('north', 'exams.csv', jsonb_build_array(
  jsonb_build_object('student_id', '1001', 'attempt', '1', 'planned_on', '2026-11-28'),
  jsonb_build_object('student_id', '1002', 'attempt', '1', 'planned_on', '2026-12-20'))) \g /dev/null
select pg_temp.assess('ada', 0.5, 1, pg_temp.flag('ada', 'low_probability', 4)), pg_temp.assess('ben', 0.5, 1, pg_temp.flag('ben', 'low_probability', 4)) \g /dev/null
select is(pg_temp.sweep(), '{}', 'while mail is off, nothing'), is(pg_temp.post(), '', 'is in the post');
select pg_temp.set('mail_on', '1') \g /dev/null
select is(pg_temp.sweep(), '{"urgent": 1}', 'exam in five days and at risk: one'), is(pg_temp.sweep(), '{}', 'once');
select is(pg_temp.post(), 'urgent ida waiting', 'whoever advises, as nobody owns the case');
select is(m.address, 'ida@north.example', 'by the address of the account'),
       is(m.document ->> 'n', '1', 'says of how many'),
       is((m.document #>> '{items,0,case}')::int8, (pg_temp.case_of('ada')).case_id, 'and which case'),
       unalike(m.document::text || m.dedup_key, '%1001%', 'not the id'), unalike(m.document::text, '%Ada%', 'nor the name'),
       matches(m.header_id, '^[0-9a-f]{32}$', 'an id of digits'), is(m.not_before, core.now(), 'at once') from ops.message m;
select pg_temp.empty() \g /dev/null
update core.case_file c set owner_id = p.staff_id from person p where p.tag = 'other' and c.student_id = pg_temp.student('ada');
insert into core.cover (school_id, absent_id, staff_id, valid_from, valid_until, granted_by, granted_at)
select :north, o.staff_id, d.staff_id, core.now() - interval '1 h', core.now() + interval '1 h', d.staff_id, core.now()
  from person o, person d where o.tag = 'other' and d.tag = 'dean';
select pg_temp.sweep() \g /dev/null
select is(pg_temp.post(), 'urgent dean waiting · urgent other waiting', 'the owner, and whoever covers for the owner');
select pg_temp.empty() \g /dev/null
update core.staff s set status = 'disabled' from person p where p.staff_id = s.staff_id and p.tag in ('other', 'ida');
delete from core.cover;
select pg_temp.sweep() \g /dev/null
select is(pg_temp.post(), 'urgent dean waiting', 'nobody is left: the deans');
select pg_temp.set('fallback_owner', (select staff_id::text from person where tag = 'operator')), pg_temp.empty() \g /dev/null
select pg_temp.sweep() \g /dev/null
select is(pg_temp.post(), 'urgent operator waiting', 'or whom the school named');
update core.staff s set status = 'active' where s.status = 'disabled';
update core.case_file set owner_id = null;
select pg_temp.empty(), pg_temp.at('2026-11-24 02:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();
insert into core.life_event (school_id, student_id, kind, category, starts_on, noted_by, noted_at)
select :north, pg_temp.student('ada'), 'leave', 'family', '2026-11-01', p.staff_id, core.now() from person p where p.tag = 'dean';
select is(pg_temp.sweep(), '{}', 'who is on leave is none of it');
update core.life_event set withdrawn_at = core.now();
select pg_temp.set('mail_names', '1'), pg_temp.sweep() \g /dev/null
select is(m.not_before, '2026-11-24 12:00Z'::timestamptz, 'in quiet hours it waits until they are over'),
       is(m.document #>> '{items,0,who}', 'Ada Alt (1001)', 'with names where the school lets them out'),
       is(m.document #>> '{items,0,text}', 'Exam on 2026-11-28, in 5 days; at risk, 50 % chance of passing.', 'and a sentence')
  from ops.message m;
select pg_temp.set('mail_names', '0') \g /dev/null

-- ---- many at once: some one by one, the rest in one
select pg_temp.empty(), pg_temp.at('2026-11-24 15:00Z') \g /dev/null
select is(core.post_tell(:north, 'urgent', (select staff_id from person where tag = 'ida'),
            (select jsonb_agg(jsonb_build_object('key', 'x' || n, 'student_id', null, 'case_id', n, 'text', 'words') order by n)
               from generate_series(1, 9) n), 5, core.now()), 9, 'nine things');
select is(count(*) filter (where state = 'waiting'), 6::int8, 'five mails and a list'), is(count(*) filter (where state = 'gathered'), 4::int8, 'of four')
  from ops.message;
select is(document ->> 'n', '4', 'it says how many'), is(jsonb_array_length(document -> 'items'), 4, 'and has them') from ops.message where dedup_key like '%/list/%';
select is(core.post_tell(:north, 'urgent', (select staff_id from person where tag = 'ida'),
            '[{"key": "x10", "case_id": 10}, {"key": "x3", "case_id": 3}]', 5, core.now()), 1, 'one more, and one that was told');
select is(count(*) filter (where state = 'waiting'), 6::int8, 'goes into the list'), is(max(document ->> 'n'), '5', 'that waits') from ops.message;
update ops.message set state = 'sent', sent_at = core.now(), ended_at = core.now(), attempts = 1 where state = 'waiting';
select core.post_tell(:north, 'urgent', (select staff_id from person where tag = 'ida'), '[{"key": "x11", "case_id": 11}]', 5, core.now()) \g /dev/null
select is(string_agg(not_before::text, ' '), '2026-11-25 12:00:00+00', 'when that has left, the next morning''s')
  from ops.message where state = 'waiting';
select core.post_tell(:north, 'urgent', (select staff_id from person where tag = 'ida'), '[{"key": "x12", "case_id": 12}]', 5, core.now()) \g /dev/null
select is(count(*), 1::int8, 'which is one'), is(max(document ->> 'n'), '2', 'of two') from ops.message where state = 'waiting';
select is(count(*), 1::int8, 'what was gathered points to where') from ops.message m where m.state = 'gathered'
   and m.gathered_into = (select x.message_id from ops.message x where x.state = 'waiting') and m.dedup_key like '%/x12/%';

-- ---- time-outs: the owner, then the fallback owner
select pg_temp.empty(), pg_temp.at('2026-11-23 15:00Z') \g /dev/null
delete from ops.setting where key = 'fallback_owner';
update core.attempt_fact set exam_on = null;
update core.case_file c set owner_id = p.staff_id, state = 'new', state_since = core.now(), acted_at = null, snooze_until = null
  from person p where p.tag = 'ida' and c.student_id = pg_temp.student('ada');
update core.case_file c set state = 'in_progress' where c.student_id = pg_temp.student('ben');
update core.progress set last_sync_at = core.now() + interval '10 days';
select pg_temp.at(core.now() + interval '48 h') \g /dev/null
select is(pg_temp.sweep(), '{"reminder": 1}', 'a case nobody acted on: its owner is reminded'), is(pg_temp.post('reminder'), 'reminder ida gathered · reminder ida waiting',
  'in one mail a day');
select pg_temp.at(core.now() + interval '23 h') \g /dev/null
select is(pg_temp.sweep(), '{}', 'a day is given');
select pg_temp.at(core.now() + interval '1 h') \g /dev/null
select is(pg_temp.sweep(), '{"escalation": 1}', 'then the fallback owner is told'), is(pg_temp.sweep(), '{}', 'once'),
       is(pg_temp.post('escalation'), 'escalation dean gathered · escalation dean waiting', 'the dean, as nobody is named');
select pg_temp.empty(), pg_temp.act('dean', 'ada', 'start') \g /dev/null
select is(pg_temp.sweep(), '{}', 'who acts hears no more of it');
update core.case_file c set owner_id = null, state = 'new', state_since = core.now(), acted_at = null where c.student_id = pg_temp.student('ada');
update core.ground set ended_at = core.now();
select pg_temp.at(core.now() + interval '48 h') \g /dev/null
select is(pg_temp.sweep(), '{"escalation": 1}', 'a case that nobody keeps goes there at once');
select pg_temp.empty(), pg_temp.at(core.now() + interval '8 days') \g /dev/null
select is(pg_temp.sweep(), '{}', 'what ran out more than a week ago is the queue''s');

-- ---- follow-ups
update core.ground set ended_at = null;
update core.case_file c set owner_id = p.staff_id, state = 'in_progress', state_since = core.now(), acted_at = core.now() - interval '5 days', follow_up_on = pg_temp.today() + 1
  from person p where p.tag = 'ida' and c.student_id = pg_temp.student('ada');
select is(pg_temp.sweep(), '{}', 'the day before nothing');
select pg_temp.at(core.now() + interval '1 day') \g /dev/null
select is(pg_temp.sweep(), '{"reminder": 1}', 'on the day the owner'), is(pg_temp.sweep(), '{}', 'once');
update core.case_file set follow_up_on = pg_temp.today() - 1 where follow_up_on is not null;
select is(pg_temp.sweep(), '{"reminder": 1}', 'another day is another follow-up');
select pg_temp.empty() \g /dev/null
insert into core.mail_choice (school_id, staff_id, reminder, set_at) select :north, p.staff_id, false, core.now() from person p where p.tag = 'ida';
select is(pg_temp.sweep(), '{}', 'not who does not want them');
delete from core.mail_choice;
select pg_temp.set('reminder_days', '3'), pg_temp.empty() \g /dev/null
update core.case_file set follow_up_on = pg_temp.today() + 3 where follow_up_on is not null;
select is(pg_temp.sweep(), '{"reminder": 1}', 'or days ahead, as the school wants it');
update core.case_file set follow_up_on = null;

-- ---- students
select pg_temp.empty() \g /dev/null
update core.progress set last_sync_at = core.now() - interval '15 days 3 h' where student_id = pg_temp.student('ada');
update core.progress set last_sync_at = core.now() where student_id = pg_temp.student('ben');
select pg_temp.set('student_reminder_on', '1') \g /dev/null
select is(pg_temp.sweep(), '{}', 'without words of the school nothing is sent');
insert into ops.mail_text (school_id, kind, version, subject, body, written_by, written_at)
select :north, 'student_reminder', 1, 'How is it going?', E'Nothing came for {days} days.\n{school}', p.staff_id, core.now() from person p where p.tag = 'dean';
select throws_ok(format($$ insert into ops.mail_text values (%s, 'student_reminder', 2, %L, %L, 1, now()) $$, :north, s, b), '23514', null, 'no words: ' || s || b)
  from (values ('', 'x'), (E'a\r\nBcc: x@y', 'x'), ('x', ''), ('x', '{name}'), ('{days}', 'x'), ('x', E'a\x01')) v(s, b);
select is(has_table_privilege('sg_owner', 'ops.mail_text', x), false, 'a version stays: ' || x) from (values ('update'), ('delete'), ('truncate')) v(x);
select pg_temp.set('student_reminder_on', '0') \g /dev/null
select is(pg_temp.sweep(), '{}', 'off is off');
select pg_temp.set('student_reminder_on', '1'), pg_temp.set('mail_on', '0') \g /dev/null
select is(pg_temp.sweep(), '{}', 'nor while mail is off');
select pg_temp.set('mail_on', '1') \g /dev/null
insert into core.life_event (school_id, student_id, kind, category, starts_on, noted_by, noted_at)
select :north, pg_temp.student('ada'), 'illness', 'medical', '2026-11-01', p.staff_id, core.now() from person p where p.tag = 'dean';
select is(pg_temp.sweep(), '{}', 'not who is ill');
update core.life_event set withdrawn_at = core.now();
update core.student set status = 'leave' where student_id = pg_temp.student('ada');
select is(pg_temp.sweep(), '{}', 'not who is on leave');
update core.student set status = 'active' where student_id = pg_temp.student('ada');
select is(pg_temp.sweep(), '{"student_reminder": 1}', 'who is silent'), is(pg_temp.sweep(), '{}', 'once'),
       is(pg_temp.post(), 'student_reminder ada@north.example waiting', 'by the roster''s address');
select is(m.document ->> 'body', E'Nothing came for 15 days.\nNorthern School', 'in the school''s words') from ops.message m;
update core.progress set last_sync_at = core.now() where student_id = pg_temp.student('ada');
select pg_temp.at(core.now() + interval '15 days') \g /dev/null
update core.progress set last_sync_at = core.now() where student_id = pg_temp.student('ben');
select is(pg_temp.sweep(), '{"student_reminder": 1}', 'the next silence is another');
select pg_temp.set('student_reminder_on', '0'), pg_temp.empty() \g /dev/null

-- ---- the night; estimates are as of it
create function pg_temp.night(p_night date) returns int8 language plpgsql as $$
declare
  v_later text := pg_temp.at(core.now() + interval '1 h');
  v_run int8 := (select r.run_id from api.run_begin('north', p_night, (p_night + interval '3 h') at time zone 'America/New_York', null, 'host') r);
begin
  perform api.estimates_keep('north', p_night, (p_night + interval '3 h') at time zone 'America/New_York');
  perform api.night_keep('north', p_night, (p_night + interval '3 h') at time zone 'America/New_York', 'run');
  perform api.run_finish(v_run, jsonb_build_object('brief', api.brief('north', v_run)));
  return v_run;
end
$$;
select pg_temp.at('2027-01-12 08:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();
select pg_temp.assess('ada', 0.3, 1), pg_temp.assess('ben', 0.9, 3) \g /dev/null
update core.flag set closed_at = core.now() where closed_at is null;
select pg_temp.night('2027-01-12') as run \gset
select is(pg_temp.post('brief'), 'brief dean waiting', 'the brief goes to the dean');
select is(pg_temp.post('digest'), 'digest ida waiting', 'of ada, who is new, her adviser learns');
select is(r.told, '{"brief": 1, "digest": 1, "webhook": 0}', 'the run says who was told') from ops.run r where r.run_id = :run;
select is(m.not_before, m.made_at, 'it comes before the morning') from ops.message m where m.kind = 'brief';
select ok(not jsonb_path_exists(m.document, '$.brief.lists[*].lines'), 'figures'), unalike(m.document::text, '%1001%', 'and nobody in it'),
       is(m.document #>> '{brief,counts,at_risk}', '1', 'counts'), is(m.document ->> 'path', '/reports/nights/2027-01-12', 'and where the rest is')
  from ops.message m where m.kind = 'brief';
select is(api.run_finish(:run, '{}'), false, 'a second end is none'), is(pg_temp.post('brief'), 'brief dean waiting', 'and tells nobody');
select pg_temp.empty(), pg_temp.at('2027-01-13 08:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();
select pg_temp.assess('ada', 0.3, 1), pg_temp.assess('ben', 0.9, 3), pg_temp.night('2027-01-13') \g /dev/null
select is(pg_temp.post(), 'brief dean waiting', 'without news no digest: what still stands can wait for Monday');
select pg_temp.empty(), pg_temp.at('2027-01-14 08:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();
select pg_temp.assess('ada', 0.9, 3), pg_temp.assess('ben', 0.2, 1), pg_temp.night('2027-01-14') \g /dev/null
select is(pg_temp.post('digest'), 'digest ida waiting', 'news of ada: her adviser''s digest, nobody else''s');
select is(concat(m.document #>> '{lists,0,code}', ' ', m.document #>> '{lists,0,n}'), 'recovered 1', 'the news first'),
       is(m.document -> 'counts', '{"at_risk": 0, "borderline": 0, "on_track": 1, "cannot_say": 0}', 'and the figures of her one student')
  from ops.message m where m.kind = 'digest';
select pg_temp.empty(), pg_temp.at('2027-01-15 08:00Z'), pg_temp.set('mail_names', '1') \g /dev/null
update core.progress set last_sync_at = core.now();
insert into core.cover (school_id, absent_id, staff_id, valid_from, valid_until, granted_by, granted_at)
select :north, i.staff_id, o.staff_id, core.now() - interval '1 h', core.now() + interval '9 h', i.staff_id, core.now()
  from person i, person o where i.tag = 'ida' and o.tag = 'other';
select pg_temp.assess('ada', 0.2, 1), pg_temp.assess('ben', 0.9, 3), pg_temp.night('2027-01-15') \g /dev/null
select is(pg_temp.post('digest'), 'digest ida waiting · digest other waiting', 'who covers gets it too');
select is(m.document -> 'names', '{"1001": "Ada Alt"}', m.staff_id || ': names of the own caseload alone'),
       unalike(m.document::text, '%1002%', 'nobody else''s id') from ops.message m where m.kind = 'digest';
select ok(m.document #> '{brief,names}' @> '{"1001": "Ada Alt", "1002": "Ben Bay"}', 'the dean''s brief has all') from ops.message m where m.kind = 'brief';
delete from core.cover;
update core.ground set kind = 'assessor';
select pg_temp.empty(), pg_temp.at('2027-01-16 08:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();
select pg_temp.assess('ada', 0.9, 3), pg_temp.night('2027-01-16') \g /dev/null
select is(pg_temp.post('digest'), '', 'who assesses a student is told nothing of her');
update core.ground set kind = 'adviser';
insert into core.mail_choice (school_id, staff_id, brief, digest, set_at) select :north, p.staff_id, false, false, core.now() from person p where p.tag in ('ida', 'dean');
select pg_temp.empty(), pg_temp.at('2027-01-17 08:00Z') \g /dev/null
update core.progress set last_sync_at = core.now();
select pg_temp.assess('ada', 0.2, 1), pg_temp.night('2027-01-17') \g /dev/null
select is(pg_temp.post(), '', 'nor who wants none');
delete from core.mail_choice;
select pg_temp.at('2027-01-20 09:00Z'), pg_temp.night('2027-01-18') \g /dev/null
select is(pg_temp.post(), '', 'a night made good after days is no mail');
select pg_temp.set('mail_names', '0') \g /dev/null

-- ---- taking and giving back
create function pg_temp.take(p_way text default 'mail', p_only int8 default null) returns text language plpgsql as $$
declare
  v record;
begin
  select * into v from api.messages_claim('north', 300, p_way, p_only);
  if v.message_id is null then
    return '';
  end if;
  perform set_config('test.message', v.message_id::text, true), set_config('test.lease', v.lease::text, true);
  return v.kind || ' ' || v.address;
end
$$;
create function pg_temp.give(p_outcome text, p_reply text default '250 ok') returns text language sql as $$
  select api.message_done('north', current_setting('test.message')::int8, current_setting('test.lease')::int8, p_outcome, p_reply)
$$;
select pg_temp.empty() \g /dev/null
select core.post_put(:north, 'brief', 'brief/x/staff/1', 'dean@north.example', '{}', core.now(), core.now(), (select staff_id from person where tag = 'dean')) as m \gset
select is(core.post_put(:north, 'brief', 'brief/x/staff/1', 'dean@north.example', '{}', core.now(), core.now()), null, 'the same thing twice is once');
select pg_temp.set('mail_on', '0') \g /dev/null
select is(pg_temp.take(), '', 'while mail is off nothing is taken');
select pg_temp.set('mail_on', '1') \g /dev/null
select is(pg_temp.take('webhook'), '', 'nor by who sends to webhooks'), is(pg_temp.take(), 'brief dean@north.example', 'then it is'), is(pg_temp.take(), '', 'by one');
select is(pg_temp.give('later', E'451 4.7.1 Greylisted\r\nSubject: x\x07'), 'waiting', 'later'), is(pg_temp.give('sent'), 'lost', 'a lease counts once');
select is(last_reply, '451 4.7.1 Greylisted Subject: x ', 'the server''s words, cleaned'),
       ok(next_try_at between core.now() + interval '45 s' and core.now() + interval '75 s', 'in a minute, more or less') from ops.message;
select is(pg_temp.take(), '', 'not before') ;
select pg_temp.at(core.now() + interval '2 min') \g /dev/null
select is(pg_temp.take(), 'brief dean@north.example', 'then again');
select pg_temp.at(core.now() + interval '299 s') \g /dev/null
select is(pg_temp.take(), '', 'a lease holds');
select pg_temp.at(core.now() + interval '1 s') \g /dev/null
select current_setting('test.lease') as first_lease \gset
select is(pg_temp.take(), 'brief dean@north.example', 'and ends: whoever died is followed');
select is(api.message_done('north', :m, :first_lease, 'failed', 'x'), 'lost', 'and has nothing to say any more'), is(pg_temp.give('sent'), 'sent', 'the other has');
select is(attempts, 3, 'three attempts'), is(state, 'sent', 'one mail') from ops.message;
select is((select detail ->> 'kind' from audit.event where action = 'message_sent' order by event_id desc limit 1), 'brief', 'it is on the trail');
select pg_temp.at(core.now() + interval '31 days'), pg_temp.sweep() \g /dev/null
select is((select document from ops.message where message_id = :m), '{}', 'what it said goes after a month');
select pg_temp.empty() \g /dev/null
select core.post_put(:north, 'urgent', 'u', 'dean@north.example', '{}', core.now(), core.now()) as m \gset
do $$
begin
  for i in 1 .. 40 loop
    perform set_config('sg.now', (select next_try_at from ops.message)::text, true);
    exit when pg_temp.take() = '';
    perform pg_temp.give('later', '421 away');
  end loop;
end
$$;
select is(state, 'failed', 'it is given up'), ok(attempts between 20 and 40, 'after bounded attempts: ' || attempts), ok(ended_at <= made_at + interval '72 h', 'in time') from ops.message;
select is((select count(*) from ops.alert where kind = 'mail' and until is null), 1::int8, 'somebody is told');
select core.post_put(:north, 'urgent', 'v', 'dean@north.example', '{}', core.now(), core.now()) as m \gset
select pg_temp.take(), pg_temp.give('sent') \g /dev/null
select is((select count(*) from ops.alert where kind = 'mail' and until is null), 0::int8, 'until one gets through');
select core.post_put(:north, 'brief', 'w', 'ida@north.example', '{}', core.now(), core.now(), (select staff_id from person where tag = 'ida')) as m \gset
update core.staff s set status = 'disabled' from person p where p.tag = 'ida' and s.staff_id = p.staff_id;
select is(pg_temp.take(), '', 'who is not let in any more');
select is((select state from ops.message where message_id = :m), 'dropped', 'is sent nothing');
select core.post_put(:north, 'brief', 'y', E'a@b\r\nBcc: c@d', '{}', core.now(), core.now()) as m \gset
select is((select state from ops.message where message_id = :m), 'failed', 'an address that would be a header is refused at the door');
select throws_ok($$ select api.message_test('north', E'a@b\nRCPT TO:<c@d>') $$, '22023', null, 'for a test too');
select is(pg_temp.take('mail', api.message_test('north', 'post@north.example')), 'test post@north.example', 'a test goes to whom it names');
select is(pg_temp.give('sent'), 'sent', 'and out');

-- ---- webhooks
insert into core.webhook (school_id, url, events, secret, secret_for, created_by, created_at)
select :north, 'https://hook.example/x', '{night,urgent}', '\x01', repeat('0', 32), p.staff_id, core.now() from person p where p.tag = 'admin';
select throws_ok(format($$ insert into core.webhook (school_id, url, events, secret, secret_for, created_by, created_at)
                           select %s, %L, '{night}', '\x01', repeat('1', 32), staff_id, now() from person where tag = 'admin' $$, :north, u), '23514', null, u)
  from (values ('http://hook.example/'), ('https://'), (E'https://a/\r\nX: y'), ('https://a b/'), ('file:///etc/passwd')) v(u);
select is(core.post_webhooks(:north, 'night', 'n1', '{"n": 1}', core.now()), 1, 'one asked for nights'), is(core.post_webhooks(:north, 'escalation', 'n1', '{}', core.now()), 0, 'none for this');
select is(pg_temp.take(), '', 'not by who sends mail'), is(pg_temp.take('webhook'), 'webhook https://hook.example/x', 'by who sends to webhooks');
select is(pg_temp.give('later', 'HTTP 500'), 'waiting', 'later');
do $$
begin
  for i in 2 .. 10 loop
    perform set_config('sg.now', (select next_try_at from ops.message where kind = 'webhook')::text, true);
    perform pg_temp.take('webhook'), pg_temp.give('later', 'HTTP 500');
  end loop;
end
$$;
select is(status, 'failing', 'ten failures in a row: off'), is(failures, 10, 'ten') from core.webhook;
select is((select count(*) from ops.alert a, core.webhook w where a.kind = 'webhook/' || w.webhook_id and a.until is null), 1::int8, 'and somebody is told');
select is(core.post_webhooks(:north, 'night', 'n2', '{}', core.now()), 0, 'nothing more is put there');
select pg_temp.at(core.now() + interval '1 day') \g /dev/null
select is(pg_temp.take('webhook'), '', 'nor taken');
select is((select state from ops.message where kind = 'webhook'), 'dropped', 'what waited is dropped');
update core.webhook set status = 'on', failures = 0;
select core.post_webhooks(:north, 'night', 'n3', '{}', core.now()), pg_temp.take('webhook'), pg_temp.give('sent', 'HTTP 204') \g /dev/null
select is((select count(*) from ops.alert a where a.kind like 'webhook/%' and a.until is null), 0::int8, 'once it takes something again that is over');

-- ---- whose
select is((select document::text from api.messages_claim('south', 300, 'mail', null)), null, 'another school takes none of them');

select * from finish();
rollback;
