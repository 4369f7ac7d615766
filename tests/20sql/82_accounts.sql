-- Accounts and tokens: who lets whom in, what ends with a change, and that somebody can always let others in.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
set sg.now = '2026-11-02 09:00Z';
update core.session set created_at = core.now(), last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
create function pg_temp.h(p text) returns text language sql as $$ select encode(sha256(convert_to(p, 'UTF8')), 'hex') $$;
create function pg_temp.id(p_tag text) returns int8 language sql as $$ select staff_id from person where tag = p_tag $$;
-- What a call as somebody gives: the body, or '409 …'.
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
create function pg_temp.change(p_tag text, p_whom text, p_body jsonb) returns text language sql as $$
  select pg_temp.does(p_tag, 'staff_change', jsonb_build_object('staff', pg_temp.id(p_whom)),
                      jsonb_build_object('revision', (select revision from core.staff where staff_id = pg_temp.id(p_whom))) || p_body)
$$;

-- ---- adding
create function pg_temp.add(p_body jsonb) returns text language sql as $$
  select pg_temp.does('admin', 'staff_add', '{}', '{"email": "New@North.Example", "name": "New", "roles": ["adviser"]}'
                                                  || jsonb_build_object('code_hash', pg_temp.h('new')) || p_body)
$$;
select is(pg_temp.add(b), w, b::text)
  from (values ('{"email": null}'::jsonb, '422 missing email'), ('{"email": "no address"}', '422 invalid email'),
               ('{"email": "a@b@c"}', '422 invalid email'), ('{"name": " "}', '422 missing name'), ('{"roles": null}', '422 missing roles'),
               ('{"roles": []}', '422 invalid roles'), ('{"roles": ["king"]}', '422 invalid roles'), ('{"roles": "dean"}', '422 invalid roles'),
               ('{"roles": [1]}', '422 invalid roles'), ('{"code_hash": "ab"}', '422 invalid code_hash'), ('{"code_hash": null}', '422 missing code_hash'),
               ('{"email": "IDA@north.example"}', '409 email_in_use email'), ('{"status": "active"}', '422 unknown_field status')) v(b, w);
select matches(pg_temp.add('{}'), '^201 .*"email": "new@north.example".*"status": "invited"', 'an account');
select is((select expires_at from core.staff_invitation), core.now() + interval '72 h', 'with a code for three days');
select is((select detail from audit.event where action = 'staff_add'),
  jsonb_build_object('staff_id', (select staff_id from core.staff where email = 'new@north.example'), 'roles', array['adviser']), 'on the trail');
select is(pg_temp.does('admin', 'staff_invite', jsonb_build_object('staff', s.staff_id), jsonb_build_object('code_hash', pg_temp.h('again'))) ~ '^201', true, 'a new code')
  from core.staff s where email = 'new@north.example';
select is((select count(*) from core.staff_invitation where used_at is null), 1::bigint, 'voids the one before');

-- ---- changing
select is(pg_temp.change('admin', w, b), x, w || ' ' || b::text)
  from (values ('ida', '{"revision": 7, "name": "x"}'::jsonb, '409 conflict'), ('ida', '{"email": "dean@north.example"}', '409 email_in_use email'),
               ('ida', '{"status": "invited"}', '422 invalid status'), ('ida', '{"status": "gone"}', '422 invalid status'),
               ('admin', '{"roles": ["dean"]}', '409 own_account'), ('admin', '{"status": "disabled"}', '409 own_account'),
               ('admin', '{"roles": ["administrator", "dean"]}', '409 own_account'), ('south', '{"name": "x"}', '404 not_found staff')) v(w, b, x);
select matches(pg_temp.change('admin', 'ida', '{"name": "Ida Ivy"}'), '^200 .*"name": "Ida Ivy".*"revision": 2', 'a name');
select is(pg_temp.does('ida', 'session_show', '{}') ~ '^200', true, 'ends no session');
select matches(pg_temp.change('admin', 'ida', '{"roles": ["adviser", "auditor"]}'), '^200', 'roles');
select is(pg_temp.does('ida', 'session_show', '{}'), '401 session_ended', 'do');
select matches(pg_temp.change('admin', 'other', '{"end_sessions": true}'), '^200', 'so does the wish that they end');
select is(pg_temp.does('other', 'session_show', '{}'), '401 session_ended', 'they ended');
select matches(pg_temp.change('admin', 'operator', '{"status": "disabled"}'), '^200 .*"status": "disabled"', 'a disabled account');
select is(pg_temp.does('operator', 'session_show', '{}'), '401 session_ended', 'is out at once');
select is((select ended_why from core.session where staff_id = pg_temp.id('operator')), 'account changed', 'and the reason is kept');
select is(pg_temp.does('admin', 'staff_invite', jsonb_build_object('staff', pg_temp.id('operator')), jsonb_build_object('code_hash', pg_temp.h('o'))), '409 disabled', 'and not invited');
select matches(pg_temp.change('admin', 'dean', '{"roles": ["dean", "administrator"]}'), '^200', 'a second administrator');
update core.session set ended_at = null, ended_why = null where staff_id = pg_temp.id('dean');
select matches(pg_temp.change('dean', 'admin', '{"roles": ["auditor"]}'), '^200', 'may take the first one''s role');
select is(pg_temp.does('admin', 'staff_list', '{}'), '401 session_ended', 'who is out then');
update core.session set ended_at = null, ended_why = null where staff_id = pg_temp.id('admin');
select is(pg_temp.does('admin', 'staff_list', '{}'), '403 no_right', 'and has no right to it, if a session were left');
update core.staff set roles = '{administrator}', status = 'active' where staff_id in (pg_temp.id('admin'));
update core.staff set totp_secret = '\x01', totp_confirmed_at = core.now() where staff_id = pg_temp.id('dean');
insert into core.staff_recovery_code values (:north, pg_temp.id('dean'), decode(pg_temp.h('r'), 'hex'));
select matches(pg_temp.does('admin', 'staff_invite', jsonb_build_object('staff', pg_temp.id('dean')), jsonb_build_object('code_hash', pg_temp.h('d'), 'reset_second_factor', true)),
  '^201 .*"second_factor": false', 'a second factor that was lost is taken away');
select is((select count(*) from core.staff_recovery_code), 0::bigint, 'with its recovery codes');
select is(pg_temp.does('dean', 'session_show', '{}'), '401 session_ended', 'and the sessions');
update core.session set stepped_up_at = core.now() - interval '11 min' where staff_id = pg_temp.id('admin');
select is(pg_temp.does('admin', f, '{"staff": "1"}', '{}'), '403 step_up_required', f || ' wants a fresh proof') from unnest(array['staff_change', 'staff_invite']) f;
select is(pg_temp.does('admin', f, '{}', '{}'), '403 step_up_required', f || ' too') from unnest(array['staff_add', 'token_add']) f;
update core.session set ended_at = null, ended_why = null, stepped_up_at = core.now();

-- ---- looking
select is((select string_agg(i ->> 'name', ' ' order by n) from jsonb_array_elements((api.staff_list(pg_temp.as_('admin'), a)).body::jsonb -> 'items') with ordinality x(i, n)), w, a::text)
  from (values ('{}'::jsonb, 'Admin Auditor Dean Ida Ivy New Operator Other'), ('{"sort": "-email", "limit": "2"}', 'Other Operator'), ('{"role": "dean"}', 'Dean'),
               ('{"status": "disabled"}', 'Operator')) v(a, w);
update core.session set restricted = false;
select is((select string_agg(i ->> 'name', ' ' order by n) from jsonb_array_elements((api.colleagues(pg_temp.as_('other'), '{}')).body::jsonb -> 'items') with ordinality x(i, n)),
  'Admin Auditor Dean Ida Ivy Other', 'colleagues are those who can sign in');
select unalike((api.staff_list(pg_temp.as_('admin'), '{}')).body, '%hash%', 'no hash is shown');
select alike((api.staff_list(pg_temp.as_('admin'), '{"format": "csv"}')).body, E'staff_id,name,email,%\r\n%', 'as a file');

-- ---- tokens of programs
create function pg_temp.token(p_tag text, p_scopes text[], p_more jsonb default '{}') returns text language sql as $$
  select pg_temp.does(p_tag, 'token_add', '{}', jsonb_build_object('name', 'report', 'scopes', p_scopes, 'token_hash', pg_temp.h(p_tag || p_scopes::text)) || p_more)
$$;
select is(left(pg_temp.token(t, s, m), 20), left(w, 20), t || ' ' || s::text || m::text)
  from (values ('dean', '{records}'::text[], '{}'::jsonb, '201 {"name": "report", "state"'), ('dean', '{records,cohort,export}', '{}', '201 {"name": "report", "state"'),
               ('admin', '{records}', '{}', '403 no_right scopes'), ('admin', '{settings_read}', '{}', '201 {"name": "report", "state"'),
               ('auditor', '{trail}', '{}', '201 {"name": "report", "state"'), ('auditor', '{records}', '{}', '403 no_right scopes'),
               ('dean', '{casework}', '{}', '422 invalid scopes'), ('dean', '{staff}', '{}', '422 invalid scopes'), ('dean', '{records}', '{"days": 398}', '422 invalid days'),
               ('dean', '{records}', '{"days": 0}', '422 invalid days'), ('dean', '{records}', '{"name": ""}', '422 missing name'),
               ('dean', '{records}', '{"token_hash": "x"}', '422 invalid token_ha')) v(t, s, m, w);
create function pg_temp.program(p_scopes text[]) returns api.caller language sql as $$
  select row('north', decode(pg_temp.h('dean' || p_scopes::text), 'hex'), true, null, '192.0.2.1', 'test', 'r3')::api.caller
$$;
select is(split_part((api.covers(pg_temp.program('{records}'), '{}')).body, ',', 1), '{"next": null', 'a program reads');
select throws_ok($$ select api.covers(pg_temp.program('{records}'), '{"format": "csv"}') $$, 'SG403', null, 'a file only with that scope');
select is((api.covers(pg_temp.program('{records,cohort,export}'), '{"format": "csv"}')).status, 200::int2, 'as here');
select throws_ok($$ select api.ground_end(pg_temp.program('{records}'), '{"ground": "1"}') $$, 'SG403', null, 'and changes nothing');
select throws_ok($$ select api.session_show(pg_temp.program('{records}'), '{}') $$, 'SG403', null, 'it is nobody with an account');
select throws_ok($$ select api.staff_list(pg_temp.program('{records}'), '{}') $$, 'SG403', null, 'and lets nobody in');
select matches(pg_temp.does('admin', 'token_revoke', jsonb_build_object('token', t.token_id)), '^200 .*"state": "revoked"', 'revoked')
  from core.service_token t where t.token_hash = (pg_temp.program('{records}')).token_hash;
select throws_ok($$ select api.covers(pg_temp.program('{records}'), '{}') $$, 'SG401', null, 'it is out at once');
select is(pg_temp.does('admin', 'token_revoke', '{"token": "999999"}'), '404 not_found token', 'one that is none');
select is((select count(*) from jsonb_array_elements((api.tokens(pg_temp.as_('admin'), '{}')).body::jsonb -> 'items')), 5::bigint, 'all tokens are listed');
select unalike((api.tokens(pg_temp.as_('admin'), '{}')).body, '%hash%', 'without what makes them one');

-- A program is no more than the one who made it, at any moment.
create function pg_temp.token_of(p_scopes text[]) returns text language sql as $$
  select (i ->> 'state') || ' ' || (i ->> 'stopped_scopes')
    from jsonb_array_elements((api.tokens(pg_temp.as_('admin'), '{}')).body::jsonb -> 'items') i
   where i -> 'scopes' = to_jsonb(p_scopes) and i #>> '{created_by,name}' = 'Dean' and i ->> 'state' <> 'revoked'
$$;
create function pg_temp.program_says(p_name text, p_args jsonb default '{}') returns text language plpgsql as $$
declare
  v_code text;
begin
  execute format('select api.%I($1, $2)', p_name) using pg_temp.program('{records,cohort,export}'), p_args;
  return '';
exception when others then
  get stacked diagnostics v_code = constraint_name;
  return right(sqlstate, 3) || ' ' || v_code;
end
$$;
create function pg_temp.dean_is(p_status text, p_roles text[]) returns void language sql as $$
  update core.staff set status = p_status, roles = p_roles where staff_id = pg_temp.id('dean')
$$;
select is(pg_temp.token_of('{records,cohort,export}'), 'active []', 'nothing stands against it'), is(pg_temp.program_says('covers'), '', 'so it reads');
select pg_temp.dean_is('disabled', '{dean}') \g /dev/null
select is(pg_temp.token_of('{records,cohort,export}'), 'stopped ["records", "cohort", "export"]', 'whoever made it is not let in any more: it has stopped, and the list says so'),
       is(pg_temp.program_says('covers'), '401 not_signed_in', 'and it is not let in');
select pg_temp.dean_is('invited', '{dean}') \g /dev/null
select is(pg_temp.program_says('covers'), '401 not_signed_in', 'nor while they are invited anew');
select pg_temp.dean_is('active', '{adviser}') \g /dev/null
select is(pg_temp.token_of('{records,cohort,export}'), 'stopped ["records", "cohort", "export"]', 'what they have for some students they had not to give'),
       is(pg_temp.program_says('covers'), '401 not_signed_in');
select pg_temp.dean_is('active', '{auditor}') \g /dev/null
select is(pg_temp.token_of('{records,cohort,export}'), 'active ["records"]', 'with other roles the rest goes on'),
       is(pg_temp.program_says('covers'), '403 no_right', 'without what they have no right to any more');
select pg_temp.dean_is('active', '{dean}') \g /dev/null
select is(pg_temp.token_of('{records,cohort,export}'), 'active []', 'who is back has it back'), is(pg_temp.program_says('covers'), '');

update core.service_token set expires_at = core.now();
select throws_ok($$ select api.covers(pg_temp.program('{records,cohort,export}'), '{}') $$, 'SG401', null, 'past its end it is none');

-- ---- from the shell
select throws_ok($$ select api.staff_first('north', 'x', 'X', '{dean}', '\x00', core.now() + interval '1 h') $$, '22023', null, 'no address');
select throws_ok($$ select api.staff_first('north', 'x@y.example', 'X', '{king}', '\x00', core.now() + interval '1 h') $$, '22023', null, 'no such role');
select throws_ok($$ select api.staff_first('north', 'x@y.example', 'X', '{dean}', '\x00', core.now()) $$, '22023', null, 'a past end');
select lives_ok($$ select api.staff_first('south', 'First@South.Example', 'First', '{administrator}', sha256('1'), core.now() + interval '1 h') $$, 'the first administrator');
update core.staff set totp_secret = '\x01', totp_confirmed_at = core.now() where staff_id = pg_temp.id('operator');
select is(api.staff_first('north', 'operator@north.example', 'Operator', '{administrator}', sha256('2'), core.now() + interval '1 h'), pg_temp.id('operator'), 'an account that is there is brought back');
select is((select status || ' ' || roles::text || ' ' || (totp_confirmed_at is null) from core.staff where staff_id = pg_temp.id('operator')), 'invited {administrator} true', 'with these roles, and everything to be chosen anew');
select is((select count(*) from audit.event where action = 'staff_first'), 2::bigint, 'on the trail');
select * from finish();
rollback;
