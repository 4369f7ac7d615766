-- The office's people on top of fixture.sql: north has one of each role, signed in, and ida advises ada; south has a dean. Callers
-- are named by tag: pg_temp.as_('dean').
--   dean     dean of north                 operator, auditor, admin   one role each
--   ida      adviser of ada (1001)         other    adviser of nobody
--   south    dean of the other school      token    a program of north that may read records
create temp table person (tag text primary key, school text, staff_id int8, token_hash bytea, csrf_hash bytea, service bool);

create function pg_temp.person(p_tag text, p_school text, p_school_id int4, variadic p_roles text[]) returns void
  language plpgsql as $$
declare
  v_id int8;
  v_hash bytea := sha256(convert_to('session of ' || p_tag, 'UTF8'));
  v_csrf bytea := sha256(convert_to('page of ' || p_tag, 'UTF8'));
begin
  insert into core.staff (school_id, email, name, roles, status)
  values (p_school_id, p_tag || '@' || p_school || '.example', initcap(p_tag), p_roles, 'active') returning staff_id into v_id;
  insert into core.session (school_id, token_hash, staff_id, csrf_hash, method, created_at, last_seen_at, stepped_up_at, expires_at,
                            address, agent)
  values (p_school_id, v_hash, v_id, v_csrf, 'password', core.now(), core.now(), core.now(), core.now() + interval '8 h',
          '192.0.2.1', 'test');
  insert into person values (p_tag, p_school, v_id, v_hash, v_csrf, false);
end
$$;
select pg_temp.person('dean', 'north', :north, 'dean'), pg_temp.person('ida', 'north', :north, 'adviser'),
       pg_temp.person('other', 'north', :north, 'adviser'), pg_temp.person('operator', 'north', :north, 'operator'),
       pg_temp.person('auditor', 'north', :north, 'auditor'), pg_temp.person('admin', 'north', :north, 'administrator'),
       pg_temp.person('south', 'south', :south, 'dean') \g /dev/null
insert into core.ground (school_id, staff_id, student_id, kind, valid_from, granted_at)
select :north, p.staff_id, pg_temp.student('ada'), 'adviser', core.now() - interval '1 day', core.now()
  from person p where p.tag = 'ida';
insert into core.service_token (school_id, token_hash, name, scopes, created_by, created_at, expires_at)
select :north, sha256('token'), 'registrar''s report', array['records', 'cohort'], p.staff_id, core.now(), core.now() + interval '1 day'
  from person p where p.tag = 'dean';
insert into person values ('token', 'north', null, sha256('token'), null, true), ('nobody', 'north', null, null, null, false);

create function pg_temp.as_(p_tag text, p_csrf bool default true) returns api.caller language sql as $$
  select row(p.school, p.token_hash, p.service, case when p_csrf then p.csrf_hash end, '192.0.2.1', 'test', 'r1')::api.caller
    from person p where p.tag = p_tag
$$;
-- What a refusal says: '403 no_right', or '' when there is none. p_call is a select with one :me in it.
create function pg_temp.refusal(p_call text, p_tag text, p_csrf bool default true) returns text language plpgsql as $$
declare
  v_code text;
begin
  execute replace(p_call, ':me', '$1') using pg_temp.as_(p_tag, p_csrf);
  return '';
exception when others then
  get stacked diagnostics v_code = constraint_name;
  return case when sqlstate like 'SG%' then right(sqlstate, 3) || ' ' || v_code else sqlstate || ' ' || sqlerrm end;
end
$$;
