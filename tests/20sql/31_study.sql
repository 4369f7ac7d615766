-- Goals and check-ins, messages from the office, one's own devices: what a student's client says and is told, and to whom it is not.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();

-- ---- one entry: its status, or 'verdict n'
create function pg_temp.say(tag text, n int, kind int, day date, minutes int = null, questions int = null, checks int = null,
                            reviewed int = null, confidence int = null, made timestamptz = '2026-11-01 10:00Z', by_ text = null)
  returns text language sql as $$
  select coalesce(a.status::text, 'verdict ' || a.verdict)
    from device d, device c, api.study_add(d.school_id, d.student_id, c.device_id, c.serial, pg_temp.id(n), kind::int2, made, day, minutes,
                                           questions, checks, reviewed::int2, confidence::int2) a
   where d.tag = $1 and c.tag = coalesce(by_, $1)
$$;
create function pg_temp.told(tag text, goals int = 20, weeks int = 53) returns text language sql as $$
  select string_agg(case when s.verdict <> 0 then 'verdict ' || s.verdict
           else concat_ws('/', case s.kind when 1 then 'goal' else 'week' end, s.day, coalesce(s.minutes::text, '-'), coalesce(s.questions::text, '-'),
                          coalesce(s.checks::text, '-'), coalesce(s.reviewed::text, '-'), coalesce(s.confidence::text, '-')) end, ' ')
    from device d, api.study_of(d.school_id, d.student_id, d.device_id, d.serial, goals, weeks) s where d.tag = $1
$$;
select is(pg_temp.told('ada'), null, 'nothing was said yet');
select is(pg_temp.say('ada', 1, 1, '2026-11-02', 300, 280, 1), '1', 'a goal is stored'),
       is(pg_temp.say('ada', 1, 1, '2026-11-02', 300, 280, 1), '2', 'and the same again is known'),
       is(pg_temp.say('ada', 1, 1, '2026-11-02', 300, 281, 1), '3', 'other content under its id is a conflict'),
       is(pg_temp.say('ada', 1, 1, '2026-11-02', 300, 280), '3', 'also where a number is left out');
select is(pg_temp.say('ada', 2, 2, '2026-10-26', 1500, 240, null, 80, 60), '1', 'a check-in is stored'),
       is(pg_temp.say('ada', 2, 2, '2026-10-26', 1500, 240, null, 80, 60), '2', 'and the same again is known'),
       is(pg_temp.say('ada', 2, 2, '2026-10-26', 1500, 240, null, null, 60), '3', 'other content under its id is a conflict');
select is(pg_temp.say('ben', 1, 1, '2026-11-02', 60, 100, 2), '1', 'another student''s entry of the same id is another one'),
       is(pg_temp.say('ben', 2, 2, '2026-10-26', 0, 0), '1', 'of either kind: an id tells nothing of whose it is');
select is(pg_temp.told('ada'), 'week/2026-10-26/1500/240/-/80/60 goal/2026-11-02/300/280/1/-/-', 'each is told their own'),
       is(pg_temp.told('ben'), 'week/2026-10-26/0/0/-/-/- goal/2026-11-02/60/100/2/-/-', 'and nothing of others'),
       is(pg_temp.told('sol'), null, 'nor of another school');

-- ---- what stands is the newest said, whatever the order of arrival
select is(pg_temp.say('ada', 3, 2, '2026-10-26', 900, 100, made => '2026-11-01 12:00Z'), '1', 'said again of the same week'),
       is(pg_temp.say('ada', 4, 2, '2026-10-26', 111, 11, made => '2026-11-01 11:00Z'), '1', 'one made before it, arriving after it'),
       is(pg_temp.say('ada', 5, 1, '2026-11-09', null, 350, made => '2026-11-03 09:00Z'), '1', 'a goal from the next week on');
select is(pg_temp.told('ada'), 'goal/2026-11-09/-/350/-/-/- week/2026-10-26/900/100/-/-/- goal/2026-11-02/300/280/1/-/-',
          'one check-in a week, the one made last; all goals'),
       is(pg_temp.told('ada', 1, 0), 'goal/2026-11-09/-/350/-/-/-', 'not more than was asked for');
select is((select count(*) from core.study_checkin where student_id = pg_temp.student('ada')), 3::int8, 'all are kept');
create function pg_temp.goal_on(day date) returns text language sql as $$
  select concat_ws('/', coalesce(questions_a_week::text, '-'), coalesce(checks_a_week::text, '-'), coalesce(review_minutes_a_week::text, '-'))
    from device d, core.study_goal_of(d.school_id, d.student_id, day) where d.tag = 'ada'
$$;
select is(pg_temp.goal_on('2026-11-01'), null, 'no goal before the first'),
       is(pg_temp.goal_on('2026-11-08'), '280/1/300', 'the first until the next begins'),
       is(pg_temp.goal_on('2026-11-09'), '350/-/-', 'then that one');
select pg_temp.say('ada', 6, 1, '2026-11-02', made => '2026-11-04 09:00Z') \g /dev/null
select is(pg_temp.goal_on('2026-11-09'), '-/-/-', 'taken back: a row without any goal');

-- ---- what cannot be, the tables refuse also where nobody looked before
create function pg_temp.wrong(n int, kind int, day date, minutes int, questions int, checks int = null, reviewed int = null) returns text
  language plpgsql as $$
begin
  return pg_temp.say('ada', n, kind, day, minutes, questions, checks, reviewed);
exception when check_violation or not_null_violation then
  return 'no';
end
$$;
select is(pg_temp.wrong(90 + n, kind, day, minutes, questions, checks, reviewed), 'no', why)
  from (values (1, 2, date '2026-10-27', 10, 10, null::int, null::int, 'a week that begins on a Tuesday'),
               (2, 2, '2026-10-26', 10081, 10, null, null, 'more minutes than a week has'),
               (3, 2, '2026-10-26', null, 10, null, null, 'no minutes'), (4, 2, '2026-10-26', 10, -1, null, null, 'fewer than none'),
               (5, 2, '2026-10-26', 10, 10, null, 101, 'more than all of the misses'), (6, 1, '2026-10-26', 0, null, null, null, 'a goal of nothing'),
               (7, 1, '2026-10-26', null, 5001, null, null, 'too many questions'), (8, 1, '2026-10-26', null, null, 15, null, 'too many checks'))
       v(n, kind, day, minutes, questions, checks, reviewed, why);

-- ---- whose certificate it is
select is(pg_temp.say('ada', 10, 1, '2026-11-02', 300, by_ => 'ben'), 'verdict 7', 'with another''s certificate nothing is said'),
       results_eq($$ select v.verdict, v.entry_id from device a, device b, api.study_of(a.school_id, a.student_id, a.device_id, b.serial, 9, 9) v
                      where a.tag = 'ada' and b.tag = 'ben' $$, $$ values (7::int2, null::uuid) $$, 'and nothing told'),
       results_eq($$ select v.verdict, v.body from device a, device b, api.messages_of(a.school_id, a.student_id, a.device_id, b.serial) v
                      where a.tag = 'ada' and b.tag = 'ben' $$, $$ values (7::int2, null::text) $$, 'no message'),
       results_eq($$ select v.verdict, v.name from device a, device b, api.devices_of(a.school_id, a.student_id, a.device_id, b.serial, null) v
                      where a.tag = 'ada' and b.tag = 'ben' $$, $$ values (7::int2, null::text) $$, 'no device');

-- ---- messages: notes of one tier, as they are now
create function pg_temp.messages(tag text) returns text language sql as $$
  select string_agg(m.writer || ': ' || m.body, ' · ')
    from device d, api.messages_of(d.school_id, d.student_id, d.device_id, d.serial) m where d.tag = $1
$$;
select pg_temp.assess('ada', 0.5, 1), pg_temp.assess('ben', 0.5, 1) \g /dev/null
select pg_temp.act('dean', 'ada', 'note', jsonb_build_object('text', tier || ' words', 'tier', tier))
  from unnest('{team,owner,dean}'::text[]) tier \g /dev/null
select pg_temp.act('dean', 'ada', 'note', '{"text": "words of no tier"}'),
       pg_temp.act('dean', 'ada', 'contact', '{"channel": "phone", "outcome": "no_answer", "sentence": "contact words"}') \g /dev/null
select is(pg_temp.messages('ada'), null, 'notes that the office keeps among itself are none, nor what is said of a contact');
select pg_temp.act('dean', 'ada', 'note', '{"text": "Come by on Friday", "tier": "student"}') \g /dev/null
select is(pg_temp.messages('ada'), 'Dean: Come by on Friday', 'a note to the student is one, with who wrote it'),
       is(pg_temp.messages('ben'), null, 'nobody else''s');
select note_id as message from core.case_note where tier = 'student' \gset
select note_id as team from core.case_note where text = 'team words' \gset
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :message, 'text', 'Come by on Monday')) \g /dev/null
select is(pg_temp.messages('ada'), 'Dean: Come by on Monday', 'edited: as it is now');
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :message, 'tier', 'dean')) \g /dev/null
select is(pg_temp.messages('ada'), null, 'made a note of the dean''s: gone, with all that it said');
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :message, 'tier', 'student')) \g /dev/null
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :message, 'retract', true)) \g /dev/null
select is(pg_temp.messages('ada'), null, 'taken back: gone');
select pg_temp.act('dean', 'ada', 'note_change', jsonb_build_object('note', :team, 'tier', 'student', 'text', 'Well done')) \g /dev/null
select is(pg_temp.messages('ada'), 'Dean: Well done', 'a note that was made a message tells nothing of what it was before');
select alike((api.case_show(pg_temp.as_('ida'), jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).body::text, '%Well done%', 'the team reads it too');

-- ---- devices
select pg_temp.enrol('ada2', 'north', '1001', 11) \g /dev/null
create function pg_temp.devices(tag text, other text = null) returns text language sql as $$
  select string_agg(case when s.verdict <> 0 then 'verdict ' || s.verdict when not s.known then 'none'
                         else (select e.tag from device e where e.device_id = s.device_id) || case when s.here then '*' else '' end || ' ' || s.state
                              || case when s.last_seen_at is null then '' else ' seen' end end, ', ')
    from device d, api.devices_of(d.school_id, d.student_id, d.device_id, d.serial, (select o.device_id from device o where o.tag = other)) s
   where d.tag = $1
$$;
select h.verdict from device d, api.hello('north', d.student_id, d.device_id, d.serial) h where d.tag = 'ada' \g /dev/null
select is(pg_temp.devices('ada'), 'ada2 in_force, ada* in_force seen', 'one''s own, the newest first, which of them asks, and when each was here'),
       is(pg_temp.devices('ben'), 'ben* in_force', 'nobody else''s');
select is(pg_temp.devices('ada', 'ben'), 'none', 'another student''s device is no device of mine'),
       is(pg_temp.devices('ada', 'sol'), 'none', 'nor one of another school'), is(pg_temp.devices('ada', 'ada'), 'none', 'nor may the one that asks go'),
       is(pg_temp.devices('ben', 'ada2'), 'none', 'nobody else signs mine off');
select is((select count(*) from core.device where revoked_at is not null), 0::int8, 'nothing came of these');
select is(pg_temp.devices('ada', 'ada2'), 'ada2 revoked, ada* in_force seen', 'another one of one''s own is signed off'),
       is(pg_temp.devices('ada', 'ada2'), 'ada2 revoked, ada* in_force seen', 'which twice does once'),
       is(pg_temp.devices('ada2'), 'verdict 8', 'and it is shut out');
select results_eq($$ select students, detail - 'by_device' from audit.event where action = 'device_sign_off' $$,
                  $$ select array[student_id], jsonb_build_object('device', device_id) from device where tag = 'ada2' $$, 'once on the trail');
update core.device set last_seen_at = now() - interval '59 minutes' where device_id = (select device_id from device where tag = 'ada');
select h.verdict from device d, api.hello('north', d.student_id, d.device_id, d.serial) h where d.tag = 'ada' \g /dev/null
select is((select now() - last_seen_at from core.device where device_id = (select device_id from device where tag = 'ada')), interval '59 minutes',
          'the last contact is written once an hour');

-- ---- row-level security by itself: whoever has a ground for another student sees nothing of this one
create function tap.study_in(p_scope text) returns text language plpgsql security definer as $$
begin
  perform set_config('sg.scope', p_scope, true);
  return (select count(*) from core.study_goal) || ' ' || (select count(*) from core.study_checkin);
end
$$;
alter function tap.study_in owner to sg_owner;
grant usage on schema tap to sg_owner;
select is(tap.study_in(''), '0 0', 'without a scope nothing'), is(tap.study_in(format('{%s}|*', :north)), '4 4', 'the school'),
       is(tap.study_in(format('{%s}|{%s}', :north, pg_temp.student('ben'))), '1 1', 'one student of it'),
       is(tap.study_in(format('{%s}|*', :south)), '0 0', 'not another school');
select throws_ok(format('select set_config(''sg.scope'', ''*|*'', true); set role sg_owner; %s core.study_%s', verb, tab), '42501', null, verb || ' ' || tab)
  from unnest('{delete from,truncate}'::text[]) verb, unnest('{goal,checkin}'::text[]) tab;
select * from finish();
rollback;
