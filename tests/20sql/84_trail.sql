-- The trail as a list, the ledger of disclosures (34 CFR 99.32), students' requests (99.10, 99.20) and the office's numbers.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
set sg.now = '2027-03-01 15:00Z';
update core.session set created_at = core.now(), last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
create function pg_temp.id(p_tag text) returns int8 language sql as $$ select staff_id from person where tag = p_tag $$;
create function pg_temp.h(p text) returns text language sql as $$ select encode(sha256(convert_to(p, 'UTF8')), 'hex') $$;
create function pg_temp.does(p_tag text, p_function text, p_args jsonb, p_body jsonb default null) returns text language plpgsql as $$
declare
  v_reply api.reply;
  v_code text;
  v_column text;
begin
  execute format('select * from api.%I($1, $2)', p_function) into v_reply
    using pg_temp.as_(p_tag), case when p_body is null then p_args else p_args || jsonb_build_object('body', p_body) end;
  return v_reply.status || ' ' || v_reply.body;
exception when others then
  get stacked diagnostics v_code = constraint_name, v_column = column_name;
  return case when sqlstate like 'SG%' then concat_ws(' ', right(sqlstate, 3), v_code, nullif(v_column, '')) else sqlstate || ' ' || sqlerrm end;
end
$$;
-- One member of each item of a list, in order.
create function pg_temp.items(p_tag text, p_function text, p_args jsonb, p_path text) returns text language plpgsql as $$
declare
  v_reply api.reply;
begin
  execute format('select * from api.%I($1, $2)', p_function) into v_reply using pg_temp.as_(p_tag), p_args;
  return (select coalesce(string_agg(coalesce(i #>> string_to_array(p_path, '.'), '-'), ' ' order by n), '')
            from jsonb_array_elements(v_reply.body::jsonb -> 'items') with ordinality x(i, n));
end
$$;

-- ---- the trail
select api.looked(pg_temp.as_('ida'), 'student', 200::int2, array[pg_temp.student('ada')], 'adviser', '{"student": "1001"}'),
       api.looked(pg_temp.as_('dean'), 'students', 200::int2, array[pg_temp.student('ada'), pg_temp.student('ben')], 'dean of the school', '{"cursor": "secret", "limit": "5"}'),
       api.looked(pg_temp.as_('other'), 'student', 404::int2, '{}', null, '{"student": "1001"}'),
       api.looked(pg_temp.as_('admin'), 'staff_list', 200::int2, '{}', null, '{"format": "csv"}'),
       api.looked(pg_temp.as_('admin'), 'staff_list', 200::int2, '{}', null, '{}'),
       api.looked(pg_temp.as_('dean'), 'students', 200::int2, array[pg_temp.student('ben')], 'dean of the school', '{"format": "csv"}'),
       api.looked(pg_temp.as_('nobody'), 'students', 429::int2, '{}', null, '{}'),
       api.looked(pg_temp.as_('south'), 'student', 200::int2, array[pg_temp.student('sol')], 'dean of the school', '{}') \g /dev/null
select is(pg_temp.items('auditor', 'trail', a, 'action'), w, a::text)
  from (values (jsonb_build_object('staff', pg_temp.id('ida')), 'student'), ('{"status": "refused"}', 'student'), ('{"action": "staff_list"}', 'staff_list'),
               ('{"student": "1001", "action": "students"}', 'students'), ('{"student": "1002", "status": "done", "limit": "2"}', 'students students'),
               ('{"from": "2200-01-01"}', ''), ('{"to": "2000-01-01"}', ''), (jsonb_build_object('staff', pg_temp.id('south')), '')) v(a, w);
select is(pg_temp.does('auditor', 'trail', a), w, a::text)
  from (values ('{"student": "9"}'::jsonb, '404 not_found student'), ('{"staff": "x"}', '422 invalid staff'), ('{"from": "yesterday"}', '422 invalid from'),
               ('{"status": "maybe"}', '422 invalid status'), ('{"sort": "actor"}', '422 invalid sort')) v(a, w);
create function pg_temp.walk(p_sort text) returns text language plpgsql as $$
declare
  v_args jsonb := jsonb_build_object('limit', '3', 'sort', p_sort);
  v_page jsonb;
  v_all text := '';
begin
  loop
    v_page := (api.trail(pg_temp.as_('auditor'), v_args)).body;
    v_all := v_all || (select coalesce(string_agg(i ->> 'event_id', ' ' order by n) || ' ', '') from jsonb_array_elements(v_page -> 'items') with ordinality x(i, n));
    exit when v_page ->> 'next' is null;
    v_args := v_args || jsonb_build_object('cursor', v_page ->> 'next');
  end loop;
  return rtrim(v_all) || '|' || (v_page ->> 'total');
end
$$;
select is(pg_temp.walk('-at'), (select string_agg(event_id::text, ' ' order by event_id desc) || '|' || count(*) from audit.event where school_id = :north), 'page by page, newest first');
select is(pg_temp.walk('at'), (select string_agg(event_id::text, ' ' order by event_id) || '|' || count(*) from audit.event where school_id = :north), 'or oldest first');
select is_empty($$ select detail from audit.event where detail ? 'cursor' $$, 'no cursor is kept');
select is((api.trail(pg_temp.as_('auditor'), '{"action": "students", "limit": "1", "sort": "at"}')).students, array[pg_temp.student('ada'), pg_temp.student('ben')],
  'whoever the page names goes on the trail in turn');
select is(pg_temp.items('auditor', 'trail', '{"action": "students", "sort": "at"}', 'students_n'), '2 1', 'how many students a line concerns');
select is(pg_temp.items(t, 'student_access', '{"student": "1001"}', 'action') ~ '^students student ', true, 'who looked at ada, asked by ' || t) from unnest(array['dean', 'ida']) t;
select is(pg_temp.items('dean', 'student_access', '{"student": "1002", "limit": "1"}', 'as_file'), 'true', 'and whether it was taken as a file');
select is(pg_temp.does(t, 'student_access', jsonb_build_object('student', s)), w, t || ' ' || s)
  from (values ('ida', '1002', '404 not_found student'), ('other', '1001', '404 not_found student'), ('dean', '7', '404 not_found student')) v(t, s, w);

-- Whoever was looked at long ago is found, block by block, and only in those.
insert into audit.event (school_id, actor, action, status) select :north, 'x', 'x', 200 from generate_series(1, 9000);
select api.looked(pg_temp.as_('ida'), 'student', 200::int2, array[pg_temp.student('ada')], 'adviser', '{}') from generate_series(1, 3) \g /dev/null
select is((select count(*) from audit.seen where student_id = pg_temp.student('ada')), 2::bigint, 'one mark a block, not one a line');
select is(pg_temp.items('ida', 'student_access', '{"student": "1001", "sort": "at", "limit": "200"}', 'event_id'),
  (select string_agg(event_id::text, ' ' order by event_id) from audit.event where pg_temp.student('ada') = any (students)), 'all of it, across blocks');
create function pg_temp.access_walk(p_sort text) returns text language plpgsql as $$
declare
  v_args jsonb := jsonb_build_object('student', '1001', 'limit', '2', 'sort', p_sort);
  v_page jsonb;
  v_all text := '';
begin
  loop
    v_page := (api.student_access(pg_temp.as_('ida'), v_args)).body;
    v_all := v_all || (select coalesce(string_agg(i ->> 'event_id', ' ' order by n) || ' ', '') from jsonb_array_elements(v_page -> 'items') with ordinality x(i, n));
    exit when v_page ->> 'next' is null;
    v_args := v_args || jsonb_build_object('cursor', v_page ->> 'next');
  end loop;
  return rtrim(v_all);
end
$$;
select is(pg_temp.access_walk('at'), pg_temp.items('ida', 'student_access', '{"student": "1001", "sort": "at", "limit": "200"}', 'event_id'), 'page by page too');
select is(pg_temp.access_walk('-at'), pg_temp.items('ida', 'student_access', '{"student": "1001", "limit": "200"}', 'event_id'), 'and backwards');

-- ---- the ledger
create function pg_temp.disclose(p_body jsonb, p_tag text default 'dean') returns text language sql as $$
  select pg_temp.does(p_tag, 'disclosure_add', '{}', '{"students": ["1001"], "recipient": "Residency board", "interest": "admission", "what": "transcript",
                      "basis": "other_school"}' || p_body)
$$;
select is(pg_temp.disclose(b), w, b::text)
  from (values ('{"students": []}'::jsonb, '422 invalid students'), ('{"students": ["1001", "77"]}', '404 not_found students'), ('{"students": null}', '422 missing students'),
               ('{"recipient": ""}', '422 missing recipient'), ('{"interest": null}', '422 missing interest'), ('{"what": " "}', '422 missing what'),
               ('{"basis": "curiosity"}', '422 invalid basis'), ('{"basis": null}', '422 missing basis'), ('{"basis": "consent"}', '422 missing agreement'),
               ('{"basis": "studies"}', '422 missing agreement'), ('{"basis": "emergency"}', '422 missing threat'), ('{"basis": "none"}', '422 invalid basis'),
               ('{"disclosed_on": "2027-03-02"}', '422 invalid disclosed_on'), ('{"file_sha256": "x"}', '422 invalid file_sha256'),
               ('{"corrects": 4711}', '404 not_found corrects'), ('{"outcome": "perhaps"}', '422 invalid outcome'), ('{"corrected": 1}', '422 unknown_field corrected')) v(b, w);
select alike(pg_temp.disclose('{"students": ["1001", "1002", "1001"], "disclosed_on": "2027-02-26", "onward": "their reviewers"}'),
  '201 %"notice": "Education record.%34 CFR 99.33%"students_n": 2%', 'given to two students'' next school');
select alike(pg_temp.disclose('{"basis": "emergency", "threat": "threatened to harm themselves", "recipient": "county crisis team", "interest": "safety", "what": "name, telephone, adviser''s note"}', 'auditor'),
  '201 %"basis_source": "34 CFR 99.31(a)(10), 99.36"%', 'in an emergency, what was feared');
select alike(pg_temp.disclose('{"basis": "none", "outcome": "refused", "recipient": "a landlord", "what": "grades"}'), '201 %"outcome": "refused"%', 'asked for, and refused');
select alike(pg_temp.disclose(jsonb_build_object('corrects', min(disclosure_id), 'what', 'transcript, and the letter', 'file_sha256', pg_temp.h('f'))), '201 %"corrects": %', 'a correction names what it corrects')
  from audit.disclosure;
select is(pg_temp.items('dean', 'disclosures', a, 'recipient'), w, a::text)
  from (values ('{"sort": "disclosed_on"}'::jsonb, 'Residency board county crisis team a landlord Residency board'), ('{"basis": "emergency"}', 'county crisis team'), ('{"student": "1002"}', 'Residency board'),
               ('{"to": "2027-02-28"}', 'Residency board'), ('{"from": "2027-03-01", "limit": "1"}', 'Residency board')) v(a, w);
select is(pg_temp.items('ida', 'student_disclosures', '{"student": "1001"}', 'outcome'), 'disclosed refused disclosed disclosed', 'the adviser sees the student''s');
select is(pg_temp.does('ida', 'student_disclosures', '{"student": "1002"}'), '404 not_found student', 'not another''s');
select is(jsonb_array_length((api.disclosures(pg_temp.as_('south'), '{}')).body::jsonb -> 'items'), 0, 'another school sees none');
select is((select count(*) from audit.event where action = 'disclosure_add' and cardinality(students) > 0), 4::bigint, 'each is on the trail');
update core.session set stepped_up_at = core.now() - interval '11 min' where staff_id = pg_temp.id('dean');
select is(pg_temp.disclose('{}'), '403 step_up_required', 'wants a fresh proof');
update core.session set stepped_up_at = core.now();
-- the student's own view
select is((select string_agg(recipient || ' ' || coalesce(nullif(threat, ''), basis_source), ', ') from device d, api.disclosures_of(d.school_id, d.student_id, d.device_id, d.serial) where tag = 'ada'),
  'Residency board 34 CFR 99.31(a)(2), a landlord 34 CFR 99.32(a)(1), county crisis team threatened to harm themselves', 'the student sees them, corrected ones as corrected');
select is((select count(*) from device d, api.disclosures_of(d.school_id, d.student_id, d.device_id, d.serial) where tag = 'sol'), 0::bigint, 'who has none sees none');
select results_eq($$ select v.verdict, v.recipient from device a, device b, api.disclosures_of(a.school_id, a.student_id, a.device_id, b.serial) v where a.tag = 'ada' and b.tag = 'ben' $$,
  $$ values (7::int2, null::text) $$, 'with another''s certificate one sees nothing');
select api.revoke('north', '1001', null, 'lost') \g /dev/null
select results_eq($$ select v.verdict, v.recipient from device a, api.disclosures_of(a.school_id, a.student_id, a.device_id, a.serial) v where a.tag = 'ada' $$,
  $$ values (8::int2, null::text) $$, 'nor with one that was revoked');
-- row-level security by itself
create function tap.ledger_in(p_scope text) returns text language plpgsql security definer as $$
begin
  perform set_config('sg.scope', p_scope, true);
  return (select count(*) from audit.disclosure) || ' ' || (select count(*) from core.record_request) || ' ' || (select count(*) from core.record_request_step);
end
$$;
alter function tap.ledger_in(text) owner to sg_owner;
grant usage on schema tap to sg_owner;

-- ---- requests
create function pg_temp.ask(p_body jsonb) returns text language sql as $$
  select pg_temp.does('auditor', 'access_request_add', '{}', '{"student": "1001", "kind": "inspection", "words": "all of it"}' || p_body)
$$;
select is(pg_temp.ask(b), w, b::text)
  from (values ('{"student": "77"}'::jsonb, '404 not_found student'), ('{"student": null}', '422 missing student'), ('{"kind": "favour"}', '422 invalid kind'), ('{"words": ""}', '422 missing words'),
               ('{"received_on": "2027-03-02"}', '422 invalid received_on'), ('{"received_on": "2027-02-29"}', '422 invalid received_on')) v(b, w);
select alike(pg_temp.ask('{"received_on": "2027-02-01"}'), '201 %"due_on": "2027-03-18"%"days_left": 17%', '45 days from the day it came');
select alike(pg_temp.ask('{"student": "1002", "kind": "amendment", "words": "the score of June is another''s"}'), '201 %"due_on": "2027-04-15"%', 'an amendment');
select is(pg_temp.items('dean', 'access_requests', a, 'student.student_id'), w, a::text)
  from (values ('{}'::jsonb, '1001 1002'), ('{"sort": "-due_on"}', '1002 1001'), ('{"kind": "amendment"}', '1002'), ('{"student": "1001"}', '1001')) v(a, w);
select set_config('sg.now', '2027-03-20 15:00Z', true) \g /dev/null
update core.session set last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
select is(pg_temp.items('dean', 'access_requests', '{}', 'days_left'), '-2 26', 'overdue counts below nought');
select results_eq($$ select external_id from core.student where student_id = any (core.students_held(school_id)) order by 1 $$, $$ values ('1001'), ('1002') $$, 'while one is open nothing is destroyed');
create function pg_temp.step(p_student text, p_body jsonb) returns text language sql as $$
  select pg_temp.does('dean', 'access_request_change', jsonb_build_object('request', r.request_id), jsonb_build_object('revision', r.revision) || p_body)
    from core.record_request r join core.student s using (school_id, student_id) where s.external_id = p_student
$$;
select is(split_part(pg_temp.step(s, b), ' {', 1), w, s || ' ' || b::text)
  from (values (1, '1001', '{"revision": 5, "state": "answered"}'::jsonb, '409 conflict'), (2, '1001', '{"state": "denied"}', '409 no_such_step state'), (3, '1001', '{"state": "answered"}', '422 missing answer'),
               (4, '1001', '{"state": "answered", "answer": "came in", "answered_on": "2027-03-21"}', '422 invalid answered_on'), (5, '1001', '{"state": "answered", "answer": "came in", "answered_on": "2027-01-31"}', '422 invalid answered_on'),
               (6, '1001', '{"state": "preparing", "words": "copied"}', '200'), (7, '1001', '{"state": "answered", "answer": "came in", "answered_on": "2027-03-19"}', '200'), (8, '1001', '{"state": "withdrawn"}', '409 no_such_step state'),
               (9, '1002', '{"state": "answered"}', '409 no_such_step state'), (10, '1002', '{"state": "denied", "answer": "it is right"}', '200'), (11, '1002', '{"statement": "it is not"}', '200'),
               (12, '1002', '{"state": "hearing", "words": "on the 5th"}', '200')) v(n, s, b, w);
select is((select count(*) from core.record_request where answered_on is null), 1::bigint, 'a hearing opens it again');
select alike(pg_temp.step('1002', '{"state": "upheld", "answer": "heard, and upheld"}'), '200 %"statement": "it is not"%', 'the student''s statement stays with the record');
select is(core.students_held(:north), '{}', 'all closed, nothing held');
select is(pg_temp.does('dean', 'access_request_change', '{"request": "999"}', '{}'), '404 not_found request', 'one that is none');
select is((select string_agg(state || coalesce(' ' || nullif(words, ''), ''), ', ' order by revision) from core.record_request_step t join core.student s using (student_id) where s.external_id = '1002'),
  'open, denied, denied, hearing on the 5th, upheld', 'each step is kept');
select is(tap.ledger_in(s), w, 'ledger, requests and steps in scope "' || s || '"')
  from (values ('', '0 0 0'), ('{' || :south || '}|*', '0 0 0'), ('{' || :north || '}|*', '4 2 8'), ('{' || :north || '}|', '0 0 0'), ('{' || :north || '}|{' || (select student_id from device where tag = 'ben') || '}', '1 1 5')) v(s, w);

-- ---- numbers
create function pg_temp.set_to(p_tag text, p_key text, p_body jsonb) returns text language sql as $$
  select split_part(pg_temp.does(p_tag, 'setting_set', jsonb_build_object('key', p_key), p_body), ' {', 1)
$$;
select is(pg_temp.set_to(t, k, b), w, concat_ws(' ', t, k, b::text))
  from (values (1, 'admin', 'session_idle_min', '{"revision": 0, "value": 20}'::jsonb, '200'), (2, 'dean', 'session_idle_min', '{"revision": 1, "value": 20}', '403 no_right'), (3, 'admin', 'capacity_per_week', '{"revision": 0, "value": 20}', '403 no_right'),
               (4, 'dean', 'capacity_per_week', '{"revision": 0, "value": 20}', '200'), (5, 'dean', 'capacity_per_week', '{"revision": 0, "value": 25}', '409 conflict'), (6, 'dean', 'capacity_per_week', '{"revision": 1, "value": 25}', '200'),
               (7, 'dean', 'capacity_per_week', '{"revision": 1, "value": null}', '409 conflict'), (8, 'dean', 'capacity_per_week', '{"revision": 2, "value": null}', '200'), (9, 'dean', 'capacity_per_week', '{"revision": 0, "value": null}', '200'),
               (10, 'dean', 'access_request_days', '{"revision": 0, "value": 46}', '422 invalid value'), (11, 'dean', 'access_request_days', '{"revision": 0, "value": "30"}', '422 invalid value'), (12, 'dean', 'access_request_days', '{"revision": 0}', '422 missing value'),
               (13, 'dean', 'no_such_key', '{"revision": 0, "value": 1}', '404 not_found key'), (14, 'dean', 'access_request_days', '{"revision": 0, "value": 0}', '422 invalid value'), (15, 'dean', 'access_request_days', '{"revision": 0, "value": true}', '422 invalid value'),
               (16, 'dean', 'access_request_days', '{"revision": 0, "value": {}}', '422 invalid value'), (17, 'dean', 'access_request_days', '{"revision": 0, "value": 30}', '200')) v(n, t, k, b, w);
select is(core.setting(:north, 'session_idle_min') || ' ' || core.setting(:north, 'capacity_per_week') || ' ' || core.setting(:south, 'session_idle_min'), '20 12 15', 'in force at once, at this school');
select is((select i - 'set_at' - 'source' from jsonb_array_elements((api.settings(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items') i where i ->> 'key' = 'session_idle_min'),
  jsonb_build_object('key', 'session_idle_min', 'value', 20, 'default', 15, 'own', true, 'low', 5, 'high', 60, 'right', 'settings', 'revision', 1,
                     'set_by', jsonb_build_object('staff_id', pg_temp.id('admin'), 'name', 'Admin')), 'as the list says');
select is((select detail from audit.event where action = 'setting_set' order by event_id limit 1), '{"key": "session_idle_min", "from": 15, "to": 20}', 'on the trail');
select is_empty($$ select key from core.setting_defaults() where not (value #>> '{}')::float8 between low and high or source = '' $$, 'each default is within its bounds and has a source');
select is((api.settings(pg_temp.as_('dean'), '{"limit": "200"}')).body::jsonb ->> 'total', (select count(*)::text from core.setting_defaults()), 'all are listed');
update core.session set stepped_up_at = core.now() - interval '11 min';
select is(pg_temp.set_to('admin', 'session_idle_min', '{"revision": 1, "value": 25}'), '403 step_up_required', 'what guards the door wants a fresh proof');
select * from finish();
rollback;
