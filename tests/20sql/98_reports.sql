-- What the office reads of nights and of what was sent: who sees whom in a report, what is never shown of a message, choices,
-- webhooks and the school's words.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

-- A night that is over, with a line about ada, who is ida's, and one about ben, who is nobody's; of one list only the first line was kept.
select run_id as run from api.run_begin('north', '2026-11-20', '2026-11-20 08:00Z', :set_north, 'host') \gset
select api.run_finish(:run, '{"files": [], "brief": {"school": "Northern School", "school_code": "north", "zone": "America/New_York",
  "night": "2026-11-20", "as_of": "2026-11-20T08:00:00Z", "parameters": "default-1", "previous_night": null, "students": 2, "assessed": 2,
  "waiting": 1, "capacity": 12, "counts": {"at_risk": 1, "borderline": 1, "on_track": 0, "cannot_say": 0}, "trend": [], "exams_by_week": [],
  "lists": [{"code": "new", "title": "New", "means": "m", "n": 2, "lines": [{"student_id": "1001", "text": "of ada"}, {"student_id": "1002", "text": "of ben"}]},
            {"code": "worsened", "title": "Worsened", "means": "m", "n": 300, "lines": [{"student_id": "1002", "text": "of ben"}]}],
  "imports": [{"text": "a file"}], "feeds": [{"text": "comes", "ok": true}],
  "did_not_run": [{"text": "of ben", "student_id": "1002"}, {"text": "of nobody"}], "evaluated": {"students": 2}, "queue": []}}') \g /dev/null
select run_id as open from api.run_begin('north', '2026-11-21', '2026-11-21 08:00Z', :set_north, 'host') \gset

create function pg_temp.body(tag text, function_ text, args jsonb = '{}') returns jsonb language plpgsql as $$
declare
  v api.reply;
begin
  execute format('select (r).* from (select api.%I($1, $2) as r) x', function_) into v using pg_temp.as_(tag), args;
  return v.body::jsonb || jsonb_build_object('_students', v.students, '_media', v.media);
end
$$;

-- the list of nights
select is(b #> '{items,0,state}', '"running"', 'the newest night is under way'), is(b #>> '{items,1,night}', '2026-11-20', 'the one before is done'),
       is(b #> '{items,1,lists}', '{"new": 2, "worsened": 300}', 'with the length of its lists'), is(b #> '{items,1,did_not_run}', '2', 'and what did not run'),
       is(b -> '_students', '[]', 'and nobody in it')
  from pg_temp.body('dean', 'report_nights') b;
select is(b #> '{items,1,counts}', 'null', 'who sees some students has no figures of the school'), is(b #> '{items,1,lists}', 'null', 'nor lengths of lists')
  from pg_temp.body('ida', 'report_nights') b;
select is(b -> 'total', '0', 'another school has its own nights') from pg_temp.body('south', 'report_nights') b;

-- one night
select is(b #> '{lists,0,n}', '2', 'a dean reads it as it was kept'), is(b -> 'names', '{"1001": "Ada Alt", "1002": "Ben Bay"}', 'with names'),
       is(jsonb_array_length(b -> '_students'), 2, 'both are on the trail'), is(b -> 'own', 'false', 'it is the whole school''s'),
       ok(not b ? 'queue', 'what former nights had is not shown'), is(b -> 'told', '[]', 'nobody was told')
  from pg_temp.body('dean', 'report_night', '{"night": "2026-11-20"}') b;
select is(b #> '{lists,0,lines}', '[{"text": "of ada", "student_id": "1001"}]', 'an adviser reads of her own'), is(b #> '{lists,0,n}', '1', 'counted over them'),
       is(b #> '{lists,1,cut}', 'true', 'a list that was kept in part says so'), is(b -> 'names', '{"1001": "Ada Alt"}', 'and names nobody else'),
       is(b -> '_students', jsonb_build_array(pg_temp.student('ada')), 'nor has them on the trail'),
       is(b -> 'did_not_run', '[]', 'nor what did not run for others'), is(b -> 'imports', '[]', 'nor files'), is(b -> 'waiting', 'null', 'nor the queue'),
       is(b -> 'students', '1', 'figures are of her own'), is(b #> '{counts,at_risk}', '0', 'as the nights keep them'), ok(not b::text ~ 'ben|1002|Ben', 'of ben nothing at all')
  from pg_temp.body('ida', 'report_night', '{"night": "2026-11-20"}') b;
select is(b #> '{lists,0,n}', '0', 'an adviser of nobody reads of nobody'), ok(not b::text ~ 'ben|ada|1001|1002', 'at all')
  from pg_temp.body('other', 'report_night', '{"night": "2026-11-20"}') b;
select is(pg_temp.refusal($$ select api.report_night(:me, '{"night": "2026-11-21"}') $$, 'dean'), '404 not_found', 'a night under way has said nothing yet'),
       is(pg_temp.refusal($$ select api.report_night(:me, '{"night": "2026-11-19"}') $$, 'dean'), '404 not_found', 'a night that never was'),
       is(pg_temp.refusal($$ select api.report_night(:me, '{"night": "2026-11-20"}') $$, 'south'), '404 not_found', 'another school''s night'),
       is(pg_temp.refusal($$ select api.report_night(:me, '{"night": "20 Nov"}') $$, 'dean'), '422 invalid', 'what is no day');

-- as files
select is(b ->> 'notice', (select words from core.redisclosure_notice()), 'a file has the words against passing it on')
  from pg_temp.body('dean', 'report_night_paper', '{"night": "2026-11-20", "form": "pdf"}') b;
select ok(b::text !~ 'Ben', 'an adviser''s file is of her own') from pg_temp.body('ida', 'report_night_paper', '{"night": "2026-11-20", "form": "pdf"}') b;
select is(b #>> '{student,student_id}', '1001', 'a packet is of its student'), is(b -> '_students', jsonb_build_array(pg_temp.student('ada')), 'who is on the trail'),
       ok(b ? 'notice', 'with the words'), ok(not b::text ~ 'ada@north', 'without an address')
  from pg_temp.body('ida', 'packet_paper', '{"student": "1001", "form": "pdf"}') b;
select is(b -> '_students', '[]', 'a class report has nobody behind it'), is(b -> 'small_cell', '10', 'and hides small figures'), ok(not b::text ~ 'Ada|1001', 'and names none')
  from pg_temp.body('dean', 'report_class_paper', '{"class_year": "2028", "form": "pdf"}') b;
select is(b -> 'small_cell', 'null', 'but for a dean who wants them') from pg_temp.body('dean', 'report_class_paper', '{"class_year": "2028", "form": "pdf", "whole": "true"}') b;
select is(pg_temp.refusal($$ select api.report_class_paper(:me, '{"class_year": "2028", "form": "pdf"}') $$, 'auditor'), '403 no_right', 'who sees figures alone sees none of a part of the school');
select is(pg_temp.refusal($$ select api.report_class_paper(:me, '{"class_year": "1999", "form": "pdf"}') $$, 'dean'), '404 not_found', 'a class that nobody is in'),
       is(pg_temp.refusal($$ select api.report_class_paper(:me, '{"form": "pdf"}') $$, 'dean'), '422 missing', 'none named');
select is(b -> 'small_cell', '10', 'an accreditor''s bundle hides them from everybody'), is(b #> '{students,n}', 'null', 'three students are few')
  from pg_temp.body('dean', 'report_accreditation_paper', '{"from": "2026-01-01", "to": "2026-12-31", "form": "pdf"}') b;
select is(b -> 'small_cell', '10', 'an auditor gets a whole academic year') from pg_temp.body('auditor', 'report_accreditation_paper', '{"from": "2026-07-01", "to": "2027-06-30", "form": "pdf"}') b;
select is(pg_temp.refusal(format('select api.report_accreditation_paper(:me, %L)', a), 'auditor'), '403 no_right', 'and nothing that overlaps another: ' || a)
  from (values ('{"from": "2026-07-02", "to": "2027-06-30", "form": "pdf"}'), ('{"from": "2026-07-01", "to": "2027-06-29", "form": "pdf"}'),
               ('{"from": "2025-07-01", "to": "2027-06-30", "form": "pdf"}')) v(a);
select is(pg_temp.refusal($$ select api.report_accreditation_paper(:me, '{"from": "2026-12-31", "to": "2026-01-01", "form": "pdf"}') $$, 'dean'), '422 invalid', 'a period backwards'),
       is(pg_temp.refusal($$ select api.report_accreditation_paper(:me, '{"from": "2020-01-01", "to": "2026-01-01", "form": "pdf"}') $$, 'dean'), '422 invalid', 'one of six years'),
       is(pg_temp.refusal($$ select api.report_accreditation_paper(:me, '{"from": "2026-01-01", "form": "pdf"}') $$, 'auditor'), '422 missing', 'half a period');
update core.session set stepped_up_at = core.now() - interval '1 day';
select is(pg_temp.refusal(format('select api.%I(:me, %L)', f, a), 'dean'), '403 step_up_required', f || ' wants a fresh proof')
  from (values ('report_night_paper', '{"night": "2026-11-20"}'), ('packet_paper', '{"student": "1001"}'), ('report_class_paper', '{"class_year": "2028"}'),
               ('report_accreditation_paper', '{"from": "2026-01-01", "to": "2026-12-31"}'), ('report_nights', '{"format": "csv"}'), ('messages', '{"format": "csv"}')) v(f, a);
select is(pg_temp.refusal($$ select api.packet_paper(:me, '{"student": "1002"}') $$, 'ida'), '404 not_found', 'whose student it is not is told so before that');
update core.session set stepped_up_at = core.now();

-- a figure that nobody stands behind is on the trail as a file all the same
select api.looked(pg_temp.as_('auditor'), 'report_class_file', 200::int2, '{}', 'auditor of the school', '{"form": "pdf", "class_year": "2028"}') \g /dev/null
select is((select count(*) from audit.event where action = 'report_class_file' and detail ->> 'form' = 'pdf'), 1::int8, 'a file leaves a line');

-- messages
insert into ops.message (school_id, kind, dedup_key, staff_id, student_id, address, document, header_id, made_at, not_before, give_up_at, state, attempts, next_try_at,
                         last_reply, sent_at, ended_at)
select :north, v.kind, v.kind || v.n, (select staff_id from person where tag = v.staff), pg_temp.student(v.student), v.address, v.document::jsonb, md5(v.n::text), core.now() - v.n * interval '1 h',
       core.now(), core.now() + interval '1 day', v.state, v.attempts, core.now(), v.reply, case v.state when 'sent' then core.now() end,
       case when v.state <> 'waiting' then core.now() end
  from (values ('brief', 1, 'dean', null, 'dean@north.example', '{"a": 1}', 'sent', 1, '250 kept'),
               ('digest', 2, 'ida', null, 'ida@north.example', '{"a": 1}', 'failed', 9, '550 no such user'),
               ('urgent', 3, 'dean', null, 'dean@north.example', '{"secret": "of ben"}', 'waiting', 2, '451 later'),
               ('reminder', 4, 'ida', null, 'ida@north.example', '{"a": 1}', 'waiting', 0, ''),
               ('digest', 5, 'ida', null, 'ida@north.example', '{}', 'failed', 9, 'gone'),
               ('student_reminder', 6, null, 'ada', 'ada@north.example', '{"a": 1}', 'failed', 9, '550 <ada@north.example>: ada unknown')) v(kind, n, staff, student, address, document, state, attempts, reply);
select is((select string_agg(i ->> 'state', ' ' order by n) from jsonb_array_elements(b -> 'items') with ordinality x(i, n)), 'sent failed waiting waiting failed failed', 'the newest first'),
       is((select string_agg(i ->> 'may_retry', ' ' order by n) from jsonb_array_elements(b -> 'items') with ordinality x(i, n)), 'false true true false false true', 'which can be tried again'),
       ok(not b::text ~ 'secret|of ben', 'what was said is not shown'), is(b #> '{items,5,to_student}', 'true', 'a student is told of as such'),
       ok(not b::text ~ 'ada|Ada|1001|ada@north', 'and not named, not even by the other side'), is(b -> '_students', '[]', 'so nobody is on the trail')
  from pg_temp.body('operator', 'messages') b;
select is(jsonb_array_length(pg_temp.body('operator', 'messages', f) -> 'items'), n, f::text)
  from (values ('{"state": "open"}'::jsonb, 2), ('{"state": "failed"}', 3), ('{"kind": "digest"}', 2), ('{"kind": "digest", "state": "sent"}', 0), ('{"night": "2026-11-20"}', 0)) v(f, n);
select is(jsonb_array_length(pg_temp.body('south', 'messages') -> 'items'), 0, 'another school''s are its own');
create function pg_temp.message(p_kind text, n int) returns text language sql as $$ select message_id::text from ops.message where dedup_key = p_kind || n $$;
select is(b ->> 'state', 'waiting', 'what failed waits again'), is(b ->> 'attempts', '0', 'from the beginning'), is(b ->> 'header_id', md5('2'), 'under the same number')
  from pg_temp.body('admin', 'message_retry', jsonb_build_object('message', pg_temp.message('digest', 2))) b;
select is((select count(*) from audit.event where action = 'message_retry'), 1::int8, 'that is on the trail');
select is(b ->> 'attempts', '2', 'what waits is tried sooner') from pg_temp.body('admin', 'message_retry', jsonb_build_object('message', pg_temp.message('urgent', 3))) b;
select is(pg_temp.refusal(format('select api.message_retry(:me, %L)', jsonb_build_object('message', m)), 'admin'), r, w)
  from (values (pg_temp.message('brief', 1), '409 not_now', 'what was sent is not sent again'), (pg_temp.message('digest', 5), '409 not_now', 'nor what is not kept any more'),
               (pg_temp.message('reminder', 4), '409 not_now', 'nor what waits for its first try'), ('999999', '404 not_found', 'nor what is not there'), ('x', '422 invalid', 'nor what is no number')) v(m, r, w);
select is(pg_temp.refusal(format('select api.message_retry(:me, %L)', jsonb_build_object('message', pg_temp.message('student_reminder', 6))), 'south'), '404 not_found', 'nor another school''s');
select is(i ->> 'state', 'warn', 'health says what could not be delivered'), is(i #> '{figures,failed_7_days}', '2', 'how many'), ok(not i::text ~ '1001|ada', 'and of whom nothing')
  from jsonb_array_elements(pg_temp.body('operator', 'health', '{"body": {"certificates": []}}') -> 'items') i where i ->> 'check' = 'post';
create temp table was as select school_id, parameters_id from core.school \g /dev/null
update core.school set parameters_id = null \g /dev/null
select is(i ->> 'sentence', 'No parameter set is in force, so there are no estimates.', 'and that there is no set of parameters')
  from jsonb_array_elements(pg_temp.body('operator', 'health', '{"body": {"certificates": []}}') -> 'items') i where i ->> 'check' = 'model';
update core.school s set parameters_id = w.parameters_id from was w where w.school_id = s.school_id \g /dev/null

-- choices
select is(b - '{_students,_media}'::text[], '{"brief": true, "digest": true, "reminder": true, "revision": 0, "set_at": null, "offered": ["brief", "reminder"], "mail_on": false, "mail_names": false}',
          'without a choice all of it') from pg_temp.body('dean', 'mail_choices') b;
select is(pg_temp.body('ida', 'mail_choices') -> 'offered', '["digest", "reminder"]', 'by roles'), is(pg_temp.body('operator', 'mail_choices') -> 'offered', '[]', 'none for some');
select is(b -> 'brief', 'false', 'chosen'), is(b -> 'reminder', 'true', 'the rest stays'), is(b -> 'revision', '1', 'once')
  from pg_temp.body('dean', 'mail_choice_set', '{"body": {"revision": 0, "brief": false}}') b;
select is(pg_temp.refusal($$ select api.mail_choice_set(:me, '{"body": {"revision": 0, "brief": true}}') $$, 'dean'), '409 conflict', 'not over a newer one'),
       is(pg_temp.refusal($$ select api.mail_choice_set(:me, '{"body": {"revision": 1, "brief": "perhaps"}}') $$, 'dean'), '422 invalid', 'yes or no'),
       is(pg_temp.body('dean', 'mail_choice_set', '{"body": {"revision": 1, "brief": true}}') -> 'brief', 'true', 'and back'),
       is(pg_temp.body('ida', 'mail_choices') -> 'revision', '0', 'everybody their own');

-- webhooks
create function pg_temp.hook(n int, more jsonb = '{}') returns jsonb language sql as $$
  select jsonb_build_object('body', jsonb_build_object('url', 'https://hooks.example/a', 'events', '["night"]'::jsonb, 'secret', 'abcd', 'secret_for', md5(n::text)) || more)
$$;
select b ->> 'webhook_id' as hook from pg_temp.body('admin', 'webhook_add', pg_temp.hook(1)) b \gset
select ok(not b::text ~ 'abcd|secret', 'nobody reads the secret again'), is(b #> '{items,0,status}', '"on"', 'it is on'), is(b #>> '{items,0,created_by,name}', 'Admin', 'by whom')
  from pg_temp.body('admin', 'webhooks') b;
select is(pg_temp.refusal(format('select api.webhook_add(:me, %L)', pg_temp.hook(2, m)), 'admin'), r, m::text)
  from (values ('{"url": "http://hooks.example/"}'::jsonb, '422 invalid'), ('{"url": "https://me:word@hooks.example/"}', '422 invalid'), ('{"url": "https://hooks.example/a b"}', '422 invalid'),
               ('{"url": "https://hooks.example/#a"}', '422 invalid'), ('{"events": []}', '422 invalid'), ('{"events": ["everything"]}', '422 invalid'), ('{"secret": "xyz"}', '422 invalid'),
               ('{"secret_for": "1"}', '422 invalid'), ('{"url": null}', '422 missing'), ('{"events": null}', '422 missing')) v(m, r);
update core.webhook set status = 'failing', failures = 10 where webhook_id = :hook;
select is(b ->> 'status', 'on', 'switched on again'), is(b ->> 'failures', '0', 'counts anew'), is(b ->> 'revision', '2', 'the second revision'), is(b ->> 'url', 'https://hooks.example/a', 'the rest stays')
  from pg_temp.body('admin', 'webhook_change', jsonb_build_object('webhook', :'hook', 'body', '{"revision": 1, "status": "on"}'::jsonb)) b;
select is(pg_temp.refusal(format('select api.webhook_change(:me, %L)', jsonb_build_object('webhook', :'hook', 'body', b::jsonb)), 'admin'), r, b)
  from (values ('{"revision": 1, "status": "off"}', '409 conflict'), ('{"revision": 2, "status": "failing"}', '422 invalid'), ('{"revision": 2, "url": "ftp://x"}', '422 invalid')) v(b, r);
select is(pg_temp.refusal(format('select api.webhook_change(:me, %L)', jsonb_build_object('webhook', '99', 'body', '{"revision": 1}'::jsonb)), 'admin'), '404 not_found', 'none of that number');
update core.session set stepped_up_at = core.now() - interval '1 day';
select is(pg_temp.refusal(format('select api.webhook_add(:me, %L)', pg_temp.hook(3)), 'admin'), '403 step_up_required', 'a new one wants a fresh proof'),
       is(pg_temp.refusal(format('select api.webhook_change(:me, %L)', jsonb_build_object('webhook', :'hook', 'body', '{"revision": 2}'::jsonb)), 'admin'), '403 step_up_required', 'a change too');
update core.session set stepped_up_at = core.now();
select pg_temp.body('admin', 'webhook_add', pg_temp.hook(n)) from generate_series(10, 28) n \g /dev/null
select is(pg_temp.refusal(format('select api.webhook_add(:me, %L)', pg_temp.hook(99)), 'admin'), '409 too_many', 'there is an end to it');

-- the school's words
select is(b #> '{items,0,version}', '0', 'there are none at first'), is(b #> '{items,0,on}', 'false', 'and nothing is sent') from pg_temp.body('admin', 'mail_texts') b;
create function pg_temp.words(version int, subject text, body text) returns jsonb language sql as $$
  select jsonb_build_object('kind', 'student_reminder', 'body', jsonb_build_object('version', version, 'subject', subject, 'body', body))
$$;
select is(b -> 'version', '1', 'the first words'), is(b ->> 'body', E'It has been {days} days.\n{school}', 'as they were written'), is(b #>> '{written_by,name}', 'Dean', 'by whom')
  from pg_temp.body('dean', 'mail_text_set', pg_temp.words(0, 'How are you?', E'It has been {days} days.\r\n{school}\n')) b;
select is(pg_temp.refusal(format('select api.mail_text_set(:me, %L)', w), 'dean'), r, r)
  from (values (pg_temp.words(0, 'a', 'b'), '409 conflict'), (pg_temp.words(1, E'a\nBcc: x', 'b'), '422 invalid'), (pg_temp.words(1, 'a {days}', 'b'), '422 invalid'),
               (pg_temp.words(1, 'a', 'Dear {name}'), '422 invalid'), (pg_temp.words(1, '', 'b'), '422 missing'), (pg_temp.words(1, 'a', repeat('b', 4001)), '422 too_long'),
               (pg_temp.words(1, 'a', 'b') || '{"kind": "brief"}', '404 not_found')) v(w, r);
select is(pg_temp.body('dean', 'mail_text_set', pg_temp.words(1, 'a', 'b')) -> 'version', '2', 'a second version');
select is((select count(*) from ops.mail_text), 2::int8, 'both are kept');
select is(pg_temp.refusal(format('select api.mail_text_set(:me, %L)', pg_temp.words(2, 'a', 'b')), 'admin'), '403 no_right', 'the words are the deans''');
select * from finish();
rollback;
