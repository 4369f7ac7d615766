-- Signing in and out: what is counted, what counts once, what ends with what. The daemon's part (passwords, codes) is played here by
-- saying what it found.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
set sg.now = '2026-11-02 09:00Z';
update core.session set created_at = core.now(), last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h',
  address = '203.0.113.9';

create function pg_temp.h(p text) returns text language sql as $$ select encode(sha256(convert_to(p, 'UTF8')), 'hex') $$;
-- Somebody with a fresh token, from an address.
create function pg_temp.fresh(n text, p_address text = '192.0.2.7') returns api.caller language sql as $$
  select row('north', decode(pg_temp.h('token ' || n), 'hex'), false, decode(pg_temp.h('page ' || n), 'hex'), p_address, 'test', 'r2')::api.caller
$$;
create function pg_temp.later(p interval) returns void language sql as $$
  select set_config('sg.now', (core.now() + p)::text, true)
$$;
-- '200', or '401 wrong_credentials'.
create function pg_temp.said(r api.reply) returns text language sql as $$
  select concat_ws(' ', r.status, case when r.status >= 400 then r.body::jsonb ->> 'code' end)
$$;
-- What a call answers or refuses, with a caller of our own.
create function pg_temp.call(p_function text, p_caller api.caller, p_args jsonb default '{}') returns text language plpgsql as $$
declare
  v_reply api.reply;
  v_code text;
begin
  execute format('select * from api.%I($1, $2)', p_function) into v_reply using p_caller, p_args;
  return pg_temp.said(v_reply);
exception when others then
  get stacked diagnostics v_code = constraint_name;
  return case when sqlstate like 'SG%' then right(sqlstate, 3) || ' ' || v_code else sqlstate || ' ' || sqlerrm end;
end
$$;
create function pg_temp.say(p_body jsonb) returns jsonb language sql as $$ select jsonb_build_object('body', p_body) $$;
create function pg_temp.revision(p_tag text) returns int language sql as $$
  select revision from core.staff s join person p using (staff_id) where p.tag = p_tag
$$;
-- The whole of signing in: begin, and where that lets through, finish.
create function pg_temp.sign_in(p_tag text, p_caller api.caller, p_found jsonb default '{"password_ok": true}') returns text language plpgsql as $$
declare
  v_email text := coalesce((select email from core.staff s join person p using (staff_id) where p.tag = p_tag), p_tag);
  v_begun text := pg_temp.call('sign_in_begin', p_caller, pg_temp.say(jsonb_build_object('email', v_email)));
begin
  return case when v_begun = '200' then pg_temp.call('sign_in_finish', p_caller,
    pg_temp.say(jsonb_build_object('email', v_email, 'revision', pg_temp.revision(p_tag)) || p_found)) else v_begun end;
end
$$;
update core.staff set password_hash = '$argon2id$' || email, password_set_at = core.now() where school_id = :north;
update core.staff set totp_secret = '\x0102', totp_confirmed_at = core.now(), totp_last_step = 100 where email like 'dean@north%';
insert into core.staff_recovery_code (school_id, staff_id, code_hash)
select :north, p.staff_id, decode(pg_temp.h('recovery'), 'hex') from person p where p.tag = 'dean';

-- ---- begin: what the daemon gets
select results_eq($$ select b ->> 'password_hash', b ->> 'totp_secret', (b ->> 'totp_last_step')::int, (b ->> 'revision')::int
    from (select (api.sign_in_begin(pg_temp.fresh('1'), pg_temp.say('{"email": " Dean@North.example "}'))).body::jsonb as b) x $$,
  $$ values ('$argon2id$dean@north.example', '0102', 100, 1) $$, 'begin gives what password and code are judged by');
select is((api.sign_in_begin(pg_temp.fresh('1'), pg_temp.say('{"email": "who@north.example"}'))).body::jsonb,
  '{"staff_id": null, "revision": null, "password_hash": null, "totp_secret": null, "totp_last_step": 0}', 'and the same, empty, for nobody');
select is((api.sign_in_begin(pg_temp.fresh('1', '192.0.2.8'), pg_temp.say('{"email": "dean@south.example"}'))).body::jsonb ->> 'staff_id', null,
  'an account of another school is nobody here');
update core.staff set status = 'disabled' where email like 'other@%';
select is((api.sign_in_begin(pg_temp.fresh('1', '192.0.2.8'), pg_temp.say('{"email": "other@north.example"}'))).body::jsonb ->> 'password_hash', null,
  'a disabled account too');
update core.staff set status = 'active' where email like 'other@%';
delete from core.throttle;

-- ---- finish: one sentence for everything that can be wrong
select is(pg_temp.sign_in(t, pg_temp.fresh('x' || n, '198.51.100.' || n), f), w, d)
  from (values
    (1, 'ida', '{"password_ok": false}'::jsonb, '401 wrong_credentials', 'a wrong password'),
    (2, 'who@north.example', '{"password_ok": true}', '401 wrong_credentials', 'an address that is none, whatever is said'),
    (3, 'dean', '{"password_ok": true}', '401 wrong_credentials', 'no right code where there is a second factor'),
    (4, 'dean', '{"password_ok": true, "totp_step": 100}', '401 wrong_credentials', 'the code of a step that was used'),
    (5, 'dean', '{"password_ok": true, "totp_step": 99}', '401 wrong_credentials', 'or one before'),
    (6, 'dean', '{"password_ok": false, "totp_step": 101}', '401 wrong_credentials', 'a right code with a wrong password'),
    (7, 'dean', '{"password_ok": true, "totp_step": 101}', '201', 'password and code: the wrong password had not spent it'),
    (8, 'dean', '{"password_ok": true, "totp_step": 101}', '401 wrong_credentials', 'the same code again'),
    (9, 'dean', jsonb_build_object('password_ok', true, 'recovery_hash', pg_temp.h('recovery')), '201', 'a recovery code'),
    (10, 'dean', jsonb_build_object('password_ok', true, 'recovery_hash', pg_temp.h('recovery')), '401 wrong_credentials', 'counts once'),
    (11, 'dean', jsonb_build_object('password_ok', true, 'recovery_hash', pg_temp.h('made up')), '401 wrong_credentials', 'one that is none'),
    (12, 'ida', '{"password_ok": true, "revision": 9}', '401 wrong_credentials', 'a password that was changed in between'),
    (13, 'ida', '{"password_ok": true}', '201', 'password alone, where there is no second factor')) v(n, t, f, w, d);
select is((select string_agg(distinct r.body, '' order by r.body) from (
    select (api.sign_in_finish(pg_temp.fresh('y'), pg_temp.say(jsonb_build_object('email', e, 'revision', 1, 'password_ok', p)))).body
      from (values ('ida@north.example', false), ('who@north.example', true), ('dean@north.example', true)) v(e, p)) r),
  (api.sign_in_finish(pg_temp.fresh('y'), pg_temp.say('{"email": "other@north.example", "password_ok": false}'))).body,
  'the answer is the same to the byte, whatever was wrong');
select is((select array_agg(status order by event_id) from audit.event where action = 'sign_in' and staff_id = (select staff_id from person where tag = 'ida')),
  '{401,401,201,401}'::int2[], 'each try is on the trail');
select is((select count(*) from audit.event e where e.detail::text ~ 'who@north'), 0::bigint, 'but not what was typed where there is no such account');

select is(pg_temp.sign_in('ida', pg_temp.fresh('n0', '198.51.100.98'), '{"password_ok": false, "code_needed": true}'), '401 wrong_credentials', 'a wrong password asks for no code');
-- A right password without a code opens nothing, and neither counts nor clears what was guessed wrong.
delete from core.throttle;
select is(pg_temp.sign_in('dean', pg_temp.fresh('n1', '198.51.100.99'), f), w, f::text)
  from (values (1, '{"password_ok": true}'::jsonb, '401 wrong_credentials'), (2, '{"password_ok": true, "code_needed": true}', '200'),
               (3, '{"password_ok": true, "code_needed": true}', '200'), (4, '{"password_ok": true}', '401 wrong_credentials'),
               (5, '{"password_ok": true, "code_needed": true}', '200'), (6, '{"password_ok": true}', '401 wrong_credentials'),
               (7, '{"password_ok": true, "code_needed": true}', '429 slow_down')) v(n, f, w);
select is(pg_temp.call('session_show', pg_temp.fresh('n1')), '401 not_signed_in', 'the daemon asks for the code, and nobody is in');
delete from core.throttle;

-- ---- restricted: no second factor yet
select is((api.session_show(pg_temp.fresh('x13'), '{}')).body::jsonb -> 'rights', '{"self": "none"}', 'who has no second factor has no rights but one');
select is(pg_temp.call(f, pg_temp.fresh('x13')), '403 second_factor_needed', f || ' waits for the second factor')
  from unnest(array['colleagues', 'events_open', 'covers']) f;
select is(pg_temp.call('session_show', pg_temp.fresh('x7')), '200', 'with one, everything is open');
select is(pg_temp.call('colleagues', pg_temp.fresh('x7')), '200', 'by the roles');
select is(pg_temp.call('totp_pending', pg_temp.fresh('x13')), '409 nothing_pending', 'nothing to confirm yet');
select is(pg_temp.call('recovery_codes_set', pg_temp.fresh('x13'), pg_temp.say(jsonb_build_object('code_hashes',
            (select jsonb_agg(pg_temp.h('r' || n)) from generate_series(1, 10) n)))), '409 second_factor_needed', 'no recovery codes before there is something to recover');
select is(pg_temp.call('totp_begin', pg_temp.fresh('x13'), pg_temp.say('{"secret": "a1b2"}')), '200', 'a secret waits for its code');
select is((api.totp_pending(pg_temp.fresh('x13'), '{}')).body::jsonb ->> 'secret', 'a1b2', 'the daemon gets it');
select is(pg_temp.call('totp_confirm', pg_temp.fresh('x13'), pg_temp.say('{"secret": "ffff", "step": 7}')), '409 nothing_pending', 'a code for another secret confirms nothing');
select is(pg_temp.call('totp_confirm', pg_temp.fresh('x13'), pg_temp.say(jsonb_build_object('secret', 'a1b2', 'step', 200,
  'token_hash', pg_temp.h('token x13b'), 'csrf_hash', pg_temp.h('page x13b')))), '200', 'a code for this one does');
select is(pg_temp.call('session_show', pg_temp.fresh('x13')), '401 not_signed_in', 'the token of before is none any more');
select is(pg_temp.call('colleagues', pg_temp.fresh('x13b')), '200', 'the new one is whole');
select is(pg_temp.call('session_show', pg_temp.as_('ida')), '401 session_ended', 'other sessions of the account have ended');
select is(pg_temp.sign_in('ida', pg_temp.fresh('z1'), '{"password_ok": true, "totp_step": 200}'), '401 wrong_credentials', 'the step that confirmed is spent');
select is(pg_temp.sign_in('ida', pg_temp.fresh('z2'), '{"password_ok": true, "totp_step": 201}'), '201', 'the next one signs in');
select is(pg_temp.call('recovery_codes_set', pg_temp.fresh('z2'), pg_temp.say(jsonb_build_object('code_hashes',
            (select jsonb_agg(pg_temp.h('r' || n)) from generate_series(1, m) n)))), w, m || ' recovery codes')
  from (values (9, '422 invalid'), (10, '200'), (11, '422 invalid')) v(m, w);
select is((api.session_show(pg_temp.fresh('z2'), '{}')).body::jsonb ->> 'recovery_codes', '10', 'ten to go');

-- ---- step-up
select pg_temp.later('11 min') \g /dev/null
select is(pg_temp.call('totp_begin', pg_temp.fresh('z2'), pg_temp.say('{"secret": "c3"}')), '403 step_up_required', 'after ten minutes a proof is old');
select is(pg_temp.call('step_up_begin', pg_temp.fresh('z2')), '200', 'a fresh one begins');
select is(pg_temp.call('step_up_finish', pg_temp.fresh('z2'), pg_temp.say('{"password_ok": false, "revision": 2}')), '403 wrong_proof', 'with a wrong password');
select is(pg_temp.call('step_up_finish', pg_temp.fresh('z2'), pg_temp.say('{"totp_step": 201}')), '403 wrong_proof', 'with a used code');
select is(pg_temp.call('step_up_finish', pg_temp.fresh('z2'), pg_temp.say('{"password_ok": true, "revision": 1}')), '403 wrong_proof', 'with a password that is none any more');
select is(pg_temp.call('step_up_finish', pg_temp.fresh('z2'), pg_temp.say(jsonb_build_object('password_ok', true, 'revision', 2,
  'token_hash', pg_temp.h('token z3'), 'csrf_hash', pg_temp.h('page z3')))), '200', 'with the right one');
select is(pg_temp.call('session_show', pg_temp.fresh('z2')), '401 not_signed_in', 'and the session has a new token');
select is(pg_temp.call('covers', pg_temp.fresh('z3'), '{"format": "csv"}'), '200', 'one part is enough for a file');
select is(pg_temp.call('password_set', pg_temp.fresh('z3'), pg_temp.say('{"password_hash": "$argon2id$new"}')), '403 step_up_required', 'but not to change the password');
select is(pg_temp.call('step_up_finish', pg_temp.fresh('z3'), pg_temp.say('{"password_ok": true, "revision": 2, "totp_step": 202}')), '200', 'both together');
select is(pg_temp.sign_in('ida', pg_temp.fresh('z4', '203.0.113.9'), '{"password_ok": true, "totp_step": 203}'), '201', 'another session of the same person');
select is(pg_temp.call('password_set', pg_temp.fresh('z3'), pg_temp.say('{"password_hash": "$argon2id$new"}')), '200', 'are');
select is(pg_temp.call('session_show', pg_temp.fresh('z3')), '200', 'the session that did it goes on');
select is(pg_temp.call('session_show', pg_temp.fresh('z4')), '401 session_ended', 'the other does not');
select is((select password_hash from core.staff s join person p using (staff_id) where p.tag = 'ida'), '$argon2id$new', 'the new one counts');

-- ---- sessions
delete from core.throttle;
update core.staff set totp_confirmed_at = null where email like 'other@%';
select pg_temp.sign_in('other', pg_temp.fresh('s' || n, '192.0.2.' || n)) from generate_series(1, 10) n \g /dev/null
select is((select count(*) from core.session s join person p using (staff_id) where p.tag = 'other' and s.ended_at is null), 10::bigint, 'of one person so many sessions and no more');
select is((select ended_why from core.session where token_hash = (pg_temp.as_('other')).token_hash), 'too many', 'the oldest has ended');
select is((select jsonb_array_length(b -> 'items') || ' ' || (select count(*) from jsonb_array_elements(b -> 'items') i where (i ->> 'current')::bool)
             from (select (api.sessions(pg_temp.fresh('s10'), '{}')).body::jsonb as b) x), '10 1', 'one sees all of one''s own');
select is(pg_temp.call('session_end_other', pg_temp.fresh('s10'), jsonb_build_object('session',
  (select session_id from core.session where token_hash = (pg_temp.fresh('z3')).token_hash))), '404 not_found', 'nobody ends another''s');
select is(pg_temp.call('session_end_other', pg_temp.fresh('s10'), '{"session": "x"}'), '422 invalid', 'nor one that is no number');
select is(pg_temp.call('session_end_other', pg_temp.fresh('s10'), jsonb_build_object('session',
  (select session_id from core.session where token_hash = (pg_temp.fresh('s9')).token_hash))), '200', 'one''s own');
select is(pg_temp.call('session_show', pg_temp.fresh('s9')), '401 session_ended', 'is over');
select is(pg_temp.call('session_end', pg_temp.fresh('s8')), '200', 'signing out');
select is(pg_temp.call('session_show', pg_temp.fresh('s8')), '401 session_ended', 'is for good');
select is((api.sessions_end_all(pg_temp.fresh('s10'), '{}')).body, '{"ended": 8}', 'everywhere at once');
select is(pg_temp.call('session_show', pg_temp.fresh('s' || n)), '401 session_ended', 'session ' || n) from generate_series(1, 10) n;
select is(pg_temp.sign_in('other', pg_temp.fresh('t1', '192.0.2.1')), '201', 'in again');
select pg_temp.later('14 min') \g /dev/null
select is(pg_temp.call('session_extend', pg_temp.fresh('t1')), '200', 'a sign of life before the time is up');
select pg_temp.later('14 min') \g /dev/null
select is(pg_temp.call('session_show', pg_temp.fresh('t1')), '200', 'prolongs the session');
select pg_temp.later('1 min') \g /dev/null
select is(pg_temp.call('session_show', pg_temp.fresh('t1')), '401 session_ended', 'without one it ends');
select is(pg_temp.call('session_extend', pg_temp.fresh('t1')), '401 session_ended', 'and comes not back');

-- ---- throttling
delete from core.throttle;
select is(string_agg(pg_temp.sign_in('other', pg_temp.fresh('w', '192.0.2.77'), '{"password_ok": false}'), ',' order by n),
  '401 wrong_credentials,401 wrong_credentials,401 wrong_credentials,429 slow_down', 'three wrong ones are free, then one waits')
  from generate_series(1, 4) n;
select is(pg_temp.sign_in('other', pg_temp.fresh('w', '192.0.2.77')), '429 slow_down', 'with the right password too');
select is(pg_temp.sign_in('other', pg_temp.fresh('w2', '192.0.2.1')), '201', 'but not from where one is known');
select is(pg_temp.sign_in('who@north.example', pg_temp.fresh('w', '192.0.2.78'), '{}'), w, 'an address that is none waits alike')
  from (values (1, '401 wrong_credentials'), (2, '401 wrong_credentials'), (3, '401 wrong_credentials'), (4, '429 slow_down')) v(n, w);
create function pg_temp.wait_s(p_tag text, p_address text) returns int language plpgsql as $$
declare
  v_more text;
begin
  perform api.sign_in_begin(pg_temp.fresh('w', p_address), pg_temp.say(jsonb_build_object('email', (select email from core.staff s join person p using (staff_id) where p.tag = p_tag))));
  return 0;
exception when others then
  get stacked diagnostics v_more = pg_exception_detail;
  return v_more::jsonb ->> 'retry_after_s';
end
$$;
delete from core.throttle;
select pg_temp.sign_in('other', pg_temp.fresh('w', '192.0.2.77'), '{"password_ok": false}') from generate_series(1, 2) \g /dev/null
-- The third is where the waiting begins.
create temp table waits (n serial, s int);
create function pg_temp.wait_all() returns void language plpgsql as $$
begin
  for i in 1 .. 12 loop
    perform pg_temp.sign_in('other', pg_temp.fresh('w', '192.0.2.77'), '{"password_ok": false}');
    insert into waits (s) values (pg_temp.wait_s('other', '192.0.2.77'));
    perform pg_temp.later((select s from waits order by n desc limit 1) * interval '1 s');
  end loop;
end
$$;
select pg_temp.wait_all() \g /dev/null
select is((select string_agg(s::text, ' ' order by n) from waits), '2 4 8 16 32 64 128 256 512 900 900 900', 'the wait doubles up to its bound');
select pg_temp.later('24 h 1 s') \g /dev/null
select is(pg_temp.sign_in('other', pg_temp.fresh('w', '192.0.2.77'), '{"password_ok": false}'), '401 wrong_credentials', 'a day later it is forgotten');
select is((select failures from core.throttle where who = core.throttle_key('pair', 'other@north.example', '192.0.2.77')), 1, 'and counts from one');
delete from core.throttle;
select is((select string_agg(distinct pg_temp.sign_in('other', pg_temp.fresh('w', '10.0.' || n || '.1'), '{"password_ok": false}'), ',') from generate_series(1, 20) n),
  '401 wrong_credentials', 'guessing spread over twenty networks');
select is(pg_temp.sign_in('other', pg_temp.fresh('w', '10.0.99.1')), '429 slow_down', 'makes strangers'' networks wait');
select is(pg_temp.sign_in('other', pg_temp.fresh('w3', '192.0.2.1')), '201', 'not the one that the account is known on');
delete from core.throttle;
select is((select string_agg(distinct pg_temp.sign_in('u' || n || '@north.example', pg_temp.fresh('w', '2001:db8:1:2::' || n), '{}'), ',') from generate_series(1, 30) n),
  '401 wrong_credentials', 'one network tries thirty accounts');
select is(pg_temp.sign_in('u31@north.example', pg_temp.fresh('w', '2001:db8:1:2:ffff::1'), '{}'), '429 slow_down', 'and waits, from whichever address of its 2^64');
select is(pg_temp.sign_in('u32@north.example', pg_temp.fresh('w', '2001:db8:1:3::1'), '{}'), '401 wrong_credentials', 'its neighbour does not');
delete from core.throttle;
select pg_temp.sign_in('other', pg_temp.fresh('v' || n, '192.0.2.1')) from generate_series(1, 40) n \g /dev/null
select is((select failures from core.throttle where who = core.throttle_key('network', '', '192.0.2.1')), 0, 'who signs in rightly forty times has failed no time');
select is((select count(*) from core.throttle where who like 'pair%' or who like 'account%'), 0::bigint, 'and nothing is kept of it');
select is_empty($$ select who from core.throttle where who !~ '^(pair|account|network):[0-9a-f]{32}$' $$, 'no address of anybody is kept');
-- Faster than the planner hears of it: it believes in a table of a few rows, and the janitor must not take minutes for that.
analyze core.throttle;
set local statement_timeout = '20s';
insert into core.throttle select :north, 'pair:' || md5(n::text), 1, core.now(), core.now() from generate_series(1, 20500) n;
select pg_temp.sign_in('other', pg_temp.fresh('v', '192.0.2.1'), '{"password_ok": false}') \g /dev/null
select cmp_ok((select count(*) from core.throttle), '<', 20000::bigint, 'an attack with ever new names does not fill the table');
set local statement_timeout = 0;
select is(core.network_of(a), n, 'network of ' || a) from (values ('192.0.2.1', '192.0.2.1'), ('2001:db8::1', '2001:db8::/64'), ('', ''), ('x', 'x')) v(a, n);

-- ---- invitations
insert into core.staff_invitation (school_id, code_hash, staff_id, created_at, expires_at)
select :north, decode(pg_temp.h('code ' || n), 'hex'), p.staff_id, core.now(), core.now() + e from person p, (values (1, interval '1 h'), (2, interval '1 h'), (3, interval '0 s')) v(n, e) where p.tag = 'operator';
update core.staff set status = 'invited', password_hash = null where email like 'operator@%';
select is(pg_temp.call('invitation_begin', pg_temp.fresh('i'), pg_temp.say(jsonb_build_object('code_hash', pg_temp.h('code ' || n)))), w, 'code ' || n)
  from (values (1, '200'), (3, '404 invitation_unknown'), (4, '404 invitation_unknown')) v(n, w);
select is((api.invitation_begin(pg_temp.fresh('i'), pg_temp.say(jsonb_build_object('code_hash', pg_temp.h('code 1'))))).body::jsonb,
  '{"email": "operator@north.example", "name": "Operator"}', 'says whose it is');
select is(pg_temp.call('invitation_use', pg_temp.fresh('i'), pg_temp.say(jsonb_build_object('code_hash', pg_temp.h('code ' || n), 'password_hash', '$argon2id$mine'))), w, d)
  from (values (3, '404 invitation_unknown', 'a code past its end'), (1, '200', 'a code sets a password'), (1, '404 invitation_unknown', 'once'),
               (2, '404 invitation_unknown', 'and voids the others')) v(n, w, d);
select is((select status || ' ' || password_hash from core.staff where email like 'operator@%'), 'active $argon2id$mine', 'the account is active');
select is(pg_temp.call('session_show', pg_temp.as_('operator')), '401 session_ended', 'sessions from before have ended');
select is(pg_temp.sign_in('operator', pg_temp.fresh('i2')), '201', 'the new password signs in');
insert into core.staff_invitation (school_id, code_hash, staff_id, created_at, expires_at)
select :north, decode(pg_temp.h('code 5'), 'hex'), p.staff_id, core.now(), core.now() + interval '1 h' from person p where p.tag = 'operator';
update core.staff set status = 'disabled' where email like 'operator@%';
select is(pg_temp.call('invitation_use', pg_temp.fresh('i'), pg_temp.say(jsonb_build_object('code_hash', pg_temp.h('code 5'), 'password_hash', 'x'))), '404 invitation_unknown', 'a disabled account is not opened by a code');

-- ---- single sign-on
create function pg_temp.oidc(p_subject text, p_email text, p_caller api.caller, p_more jsonb default '{}') returns text language sql as $$
  select pg_temp.call('oidc_sign_in', p_caller, pg_temp.say(jsonb_build_object('issuer', 'https://id.north.example', 'subject', p_subject, 'email', p_email) || p_more))
$$;
select is(pg_temp.oidc(s, e, pg_temp.fresh('o' || n)), w, d)
  from (values (1, 'a1', 'auditor@north.example', '201', 'the first time by the address'),
               (2, 'a1', 'new.name@north.example', '201', 'then by who they are there, whatever the address'),
               (3, 'b2', 'auditor@north.example', '403 no_account', 'whoever is given that address later opens nothing'),
               (4, 'c3', 'nobody@north.example', '403 no_account', 'nobody gets an account by signing in'),
               (5, 'd4', null, '403 no_account', 'an address that is not verified is none'),
               (6, 'e5', 'operator@north.example', '403 no_account', 'a disabled account stays shut')) v(n, s, e, w, d);
select is(pg_temp.call('trail', pg_temp.fresh('o1')), '200', 'the second factor is the provider''s business');
insert into ops.setting values (:north, 'oidc_second_factor', '0', null, core.now());
select is(pg_temp.oidc('a1', null, pg_temp.fresh('o7')), '201', 'or ours');
select is(pg_temp.call('trail', pg_temp.fresh('o7')), '403 second_factor_needed', 'then a code is wanted as well');
update core.staff set totp_secret = '\x05', totp_confirmed_at = core.now() where email like 'auditor@%';
select is(pg_temp.oidc('a1', null, pg_temp.fresh('o8'), '{"acr": "mfa", "amr": "pwd otp", "auth_time": 5}'), '201', 'with a second factor of ours in force');
select is(pg_temp.call('totp_begin', pg_temp.fresh('o8'), pg_temp.say('{"secret": "05"}')), '403 step_up_required', 'the provider''s word alone does not change it');
select is(pg_temp.oidc('a1', null, pg_temp.fresh('o8'), '{"step_up": true}'), '200', 'nor given again');
select is(pg_temp.call('totp_begin', pg_temp.fresh('o8'), pg_temp.say('{"secret": "05"}')), '403 step_up_required', 'however often');
select is((select detail - 'session_id' from audit.event where action = 'oidc_sign_in' and detail ? 'acr'),
  '{"issuer": "https://id.north.example", "acr": "mfa", "amr": "pwd otp", "auth_time": 5, "linked": false}', 'the trail has how it was proved');
select is(pg_temp.call('step_up_finish', pg_temp.fresh('o7'), pg_temp.say('{"totp_step": 5}')), '200', 'which makes the session whole');
select is(pg_temp.call('trail', pg_temp.fresh('o7')), '200', 'as one sees');
select pg_temp.later('11 min') \g /dev/null
select is(pg_temp.call('trail', pg_temp.fresh('o7'), '{"format": "csv"}'), '403 step_up_required', 'later a fresh proof is wanted');
select is(pg_temp.oidc('zz', 'dean@north.example', pg_temp.fresh('o7'), '{"step_up": true}'), '403 no_account', 'not of somebody else');
select is(pg_temp.oidc('a1', null, pg_temp.fresh('o7'), jsonb_build_object('step_up', true, 'token_hash', pg_temp.h('token o9'), 'csrf_hash', pg_temp.h('page o9'))), '200', 'the provider gives it');
select is(pg_temp.call('trail', pg_temp.fresh('o7'), '{"format": "csv"}'), '401 not_signed_in', 'under a new token only');
select is(pg_temp.call('trail', pg_temp.fresh('o9'), '{"format": "csv"}'), '200', 'and the file comes');

-- ---- what is old goes away
select pg_temp.later('200 days') \g /dev/null
update core.staff set totp_confirmed_at = null where email like 'other@%';
select pg_temp.sign_in('other', pg_temp.fresh('q')) \g /dev/null
select results_eq('select (select count(*) from core.session), (select count(*) from core.staff_invitation), (select count(*) > 0 from audit.event)',
  'values (2::bigint, 0::bigint, true)', 'sessions and codes of long ago are gone (the other school''s is not ours to take), the trail stays');
select * from finish();
rollback;
