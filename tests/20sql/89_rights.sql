-- Every function of the office × everybody: let in by role and right and by nothing else, the student's own people and not others', this
-- school and not another. A function that is missing from the table below fails here: add its row.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

-- "right": what core.staff_enter is asked for ('' at the door, where there is nobody yet). args: what it takes to come so far that the
-- right is asked for; student: the path names one.
create temp table office (name text primary key, "right" text not null, writes bool not null, student bool not null default false, args jsonb not null default '{}');
insert into office (name, "right", writes, student, args) values
  -- identity
  ('sign_in_begin', '', true, false, '{}'), ('sign_in_finish', '', true, false, '{}'), ('oidc_sign_in', '', true, false, '{}'),
  ('invitation_begin', '', true, false, '{}'), ('invitation_use', '', true, false, '{}'), ('looked', '', true, false, '{}'),
  ('step_up_begin', 'self', true, false, '{}'), ('step_up_finish', 'self', true, false, '{}'), ('password_set', 'self', true, false, '{}'),
  ('totp_begin', 'self', true, false, '{}'), ('totp_pending', 'self', true, false, '{}'), ('totp_confirm', 'self', true, false, '{}'),
  ('recovery_codes_set', 'self', true, false, '{}'), ('session_show', 'self', false, false, '{}'), ('session_end', 'self', true, false, '{}'),
  ('session_extend', 'self', true, false, '{}'), ('sessions', 'self', false, false, '{}'), ('session_end_other', 'self', true, false, '{"session": "1"}'),
  ('sessions_end_all', 'self', true, false, '{}'), ('events_open', 'colleagues', false, false, '{}'), ('colleagues', 'colleagues', false, false, '{}'),
  ('staff_list', 'staff', false, false, '{}'), ('staff_add', 'staff', true, false, '{}'), ('staff_change', 'staff', true, false, '{"staff": "1"}'),
  ('staff_invite', 'staff', true, false, '{"staff": "1"}'), ('tokens', 'tokens', false, false, '{}'), ('token_add', 'tokens', true, false, '{}'),
  ('token_revoke', 'tokens', true, false, '{"token": "1"}'),
  -- grounds
  ('grounds', 'records', false, true, '{}'), ('ground_add', 'assign', true, true, '{"body": {"kind": "adviser"}}'), ('ground_end', 'assign', true, false, '{"ground": "1"}'),
  ('covers', 'records', false, false, '{}'), ('cover_add', 'assign', true, false, '{}'), ('cover_end', 'assign', true, false, '{"cover": "1"}'),
  ('conflicts', 'assign', false, false, '{}'),
  -- trail
  ('trail', 'trail', false, false, '{}'), ('student_access', 'records', false, true, '{}'), ('disclosures', 'disclose', false, false, '{}'),
  ('disclosure_add', 'disclose', true, false, '{}'), ('student_disclosures', 'records', false, true, '{}'), ('access_requests', 'requests', false, false, '{}'),
  ('access_request_add', 'requests', true, false, '{}'), ('access_request_change', 'requests', true, false, '{"request": "1"}'),
  ('settings', 'settings_read', false, false, '{}'), ('setting_set', 'policy', true, false, '{"key": "capacity_per_week"}'),
  -- students
  ('students', 'records', false, false, '{}'), ('student', 'records', false, true, '{}'), ('student_results', 'records', false, true, '{}'),
  ('student_history', 'records', false, true, '{}'), ('student_input', 'records', false, true, '{}'), ('student_timeline', 'records', false, true, '{}'),
  -- cases
  ('cases', 'records', false, false, '{}'), ('case_show', 'records', false, false, '{"case": "1"}'), ('case_open', 'casework', true, true, '{}'),
  ('case_act', 'casework', true, false, '{"case": "1", "verb": "note"}'), ('cases_bulk', 'assign', true, false, '{}'), ('queue_show', 'records', false, false, '{}'),
  ('work', 'casework', false, false, '{}'), ('life_events', 'records', false, true, '{}'), ('life_event_add', 'calendar', true, true, '{}'),
  ('life_event_change', 'calendar', true, false, '{"student": "1001", "event": "1"}'),
  -- calendar
  ('calendar', 'records', false, false, '{}'), ('calendar_rules', 'records', false, false, '{}'), ('calendar_rule_set', 'policy', true, false, '{}'),
  ('student_calendar', 'records', false, true, '{}'), ('student_plan_change', 'calendar', true, true, '{}'),
  -- clearance
  ('policies', 'records', false, false, '{}'), ('policy', 'records', false, false, '{"policy": "1"}'), ('policy_activate', 'policy', true, false, '{"policy": "1"}'),
  ('policy_add', 'policy', true, false, '{}'), ('policy_change', 'policy', true, false, '{"policy": "1"}'), ('policy_examples', 'policy', false, false, '{}'),
  ('policy_preview', 'policy', true, false, '{"policy": "1"}'), ('policy_replay', 'policy', false, false, '{"policy": "1"}'),
  ('policy_retire', 'policy', true, false, '{"policy": "1"}'), ('clearance_list', 'records', false, false, '{}'), ('student_clearance', 'records', false, true, '{}'),
  ('clearance_decide', 'clearance', true, true, '{}'),
  -- imports
  ('imports', 'roster', false, false, '{}'), ('import_begin', 'roster', false, false, '{}'), ('import_add', 'roster', true, false, '{}'),
  ('import_show', 'roster', false, false, '{"import": "1"}'), ('import_rows', 'roster', false, false, '{"import": "1"}'),
  ('import_errors', 'roster', false, false, '{"import": "1"}'), ('import_apply', 'roster', true, false, '{"import": "1"}'),
  ('import_undo', 'roster', true, false, '{"import": "1"}'),
  ('enrolment', 'roster', false, false, '{}'), ('devices', 'roster', false, false, '{}'), ('device_revoke', 'roster', true, false, '{"device": "1"}'),
  ('health', 'health', false, false, '{}'), ('codes_begin', 'roster', false, false, '{}'), ('codes_add', 'roster', true, false, '{}'),
  -- cohort
  ('cohort', 'cohort', false, false, '{}'), ('cohort_effort', 'cohort', false, false, '{}'), ('cohort_areas', 'cohort', false, false, '{}'),
  ('cohort_exams', 'cohort', false, false, '{}'), ('cohort_funnel', 'cohort', false, false, '{}'), ('cohort_classes', 'cohort', false, false, '{}'),
  -- reports, and what is sent
  ('report_nights', 'records', false, false, '{}'), ('report_night', 'records', false, false, '{"night": "2027-01-15"}'),
  ('report_night_paper', 'records', false, false, '{"night": "2027-01-15", "form": "pdf"}'),
  ('report_class_paper', 'cohort', false, false, '{"form": "pdf", "class_year": "2028"}'),
  ('report_accreditation_paper', 'cohort', false, false, '{"form": "pdf", "from": "2026-07-01", "to": "2027-06-30"}'),
  ('packet_paper', 'records', false, true, '{"form": "pdf"}'),
  ('messages', 'health', false, false, '{}'), ('message_retry', 'health', true, false, '{"message": "1"}'),
  ('mail_choices', 'self', false, false, '{}'), ('mail_choice_set', 'self', true, false, '{}'),
  ('webhooks', 'settings', false, false, '{}'), ('webhook_add', 'settings', true, false, '{}'), ('webhook_change', 'settings', true, false, '{"webhook": "1"}'),
  ('mail_texts', 'settings_read', false, false, '{}'), ('mail_text_set', 'policy', true, false, '{"kind": "student_reminder"}'),
  -- model
  ('model_calibration', 'model_read', false, false, '{}'), ('model_versions', 'model_read', false, false, '{}'),
  ('model_preview', 'model', true, false, '{"version": "x"}'), ('model_promote', 'model', true, false, '{"version": "x"}'),
  ('jobs', 'model_read', false, false, '{}'), ('job_show', 'model_read', false, false, '{"job": "1"}'), ('job_cancel', 'model', true, false, '{"job": "1"}'), ('replay_begin', 'policy', true, false, '{}');

select set_eq($$ select p.proname::text from pg_proc p where p.pronamespace = 'api'::regnamespace and p.proargtypes[0] = 'api.caller'::regtype $$,
              'select name from office', 'every function of the office is in this table, and no other');
select is_empty($$ select o.name, p.provolatile from office o join pg_proc p on p.proname = o.name and p.pronamespace = 'api'::regnamespace
                    where o.writes <> (p.prosrc ~ 'p_write => true') and o."right" <> '' $$, 'who changes something asks for the token of the page, and who reads does not');
select is_empty($$ select "right" from office where "right" <> '' except select r.right from core.role_rights() r $$, 'every right that is asked for is somebody''s');
select is_empty($$ select r.role, s from core.role_rights() r, unnest(core.token_scopes()) s where r.right = s and r.reach is null $$, 'scopes are rights');

-- What a call answers, undone: '' where it is let in and done, else '403 no_right', with the sentence.
create function pg_temp.tried(p_name text, p_args jsonb, p_caller api.caller) returns text[] language plpgsql as $$
declare
  v_code text;
begin
  execute format('select api.%I($1, $2)', p_name) using p_caller, p_args;
  raise exception using errcode = 'UNDO0';
exception when others then
  get stacked diagnostics v_code = constraint_name;
  return case when sqlstate = 'UNDO0' then '{"",""}' when sqlstate like 'SG%' then array[right(sqlstate, 3) || ' ' || v_code, sqlerrm]
              else array[sqlstate, sqlerrm] end;
end
$$;
-- Points of a chart are records, and a paper is a file: these functions ask for a second right.
create temp table besides as select * from (values ('cohort_effort', 'records'), ('report_night_paper', 'export'), ('packet_paper', 'export'),
  ('report_class_paper', 'export'), ('report_class_paper', 'records'), ('report_accreditation_paper', 'export')) v(name, "right");
create temp view everybody as
  select o.*, p.tag,
         case when p.tag = 'token' then not o.writes and o."right" in ('records', 'cohort')
                                        and not exists (select from besides b where b.name = o.name and b."right" not in ('records', 'cohort'))
              else not exists (select from (select o."right" union all select b."right" from besides b where b.name = o.name) n
                                where not exists (select from core.role_rights() r join core.staff s on s.staff_id = p.staff_id and r.role = any (s.roles) where r.right = n."right")) end as has
    from office o, person p where o."right" <> '';
create function pg_temp.full(o office) returns jsonb language sql as $$
  select case when o.student then '{"student": "1001"}'::jsonb else '{}' end || case when o.writes then '{"body": {}}'::jsonb else '{}' end || o.args
$$;

-- roles
create temp table answers as
  select e.name, e.tag, e.has, (pg_temp.tried(e.name, pg_temp.full(o), pg_temp.as_(e.tag)))[1] as said from everybody e join office o using (name);
select is(said, case tag when 'nobody' then '401 not_signed_in' else '403 no_right' end, name || ' is not for ' || tag)
  from answers where not has order by name, tag;
select ok(said !~ '^(401|403 (no_right|csrf|second))' and said ~ '^(|[0-9]{3} \w+)$', name || ' lets ' || tag || ' in' || coalesce(': ' || nullif(said, ''), ''))
  from answers where has order by name, tag;

-- another school's, a page that is not ours, an account that is half set up, names that nobody knows
select is((pg_temp.tried(o.name, pg_temp.full(o), row('north', p.token_hash, false, p.csrf_hash, '192.0.2.1', 'test', 'r1')))[1], '401 not_signed_in', o.name || ': a session of another school is none here')
  from office o, person p where o."right" <> '' and p.tag = 'south' order by 1;
create temp view insider as
  select distinct on (e.name) o, e.* from everybody e join office o using (name) where e.has and e.tag not in ('token', 'south') order by e.name, e.tag;
select is((pg_temp.tried(i.name, pg_temp.full(i.o), pg_temp.as_(i.tag, false)))[1], '403 csrf', i.name || ' wants the token of the page') from insider i where i.writes order by i.name;
select is((pg_temp.tried(i.name, pg_temp.full(i.o) || '{"zzz": "1"}', pg_temp.as_(i.tag)))[1], '422 unknown_field', i.name || ' refuses a name it does not know') from insider i order by i.name;
-- (which names a verb of cases knows is told by the verb: 90_cases)
select is((pg_temp.tried(i.name, jsonb_set(pg_temp.full(i.o), '{body,zzz}', '1'), pg_temp.as_(i.tag)))[1], '422 unknown_field', i.name || ' in the body too')
  from insider i where i.writes and i.name not in ('case_act', 'cases_bulk') order by i.name;
update core.session set restricted = true;
select is((pg_temp.tried(i.name, pg_temp.full(i.o), pg_temp.as_(i.tag)))[1] = '403 second_factor_needed', i."right" <> 'self', i.name || ' without a second factor') from insider i order by i.name;
update core.session set restricted = false, ended_at = core.now(), ended_why = 'signed out';
select is((pg_temp.tried(i.name, pg_temp.full(i.o), pg_temp.as_(i.tag)))[1], '401 session_ended', i.name || ' after signing out') from insider i order by i.name;
update core.session set ended_at = null, ended_why = null;

-- one's own students, and others'
create temp table looks as
  select o.name, t.tag, s.student, pg_temp.tried(o.name, pg_temp.full(o) || jsonb_build_object('student', s.student), pg_temp.as_(t.tag)) as said, w.own
    from office o cross join (values ('dean', '1001', true), ('dean', '1002', true), ('dean', '9999', false), ('ida', '1001', true), ('ida', '1002', false), ('ida', '9999', false),
                                     ('other', '1001', false), ('other', '9999', false), ('south', '1001', true), ('south', '1002', false)) w(tag, student, own)
    join lateral (select w.tag) t on true join lateral (select w.student) s on true
    join everybody e on e.name = o.name and e.tag = w.tag and e.has
   where o.student;
select is(said[1] ~ '^404', not own, format('%s: %s and student %s', name, tag, student)) from looks order by 1;
select is(a.said, b.said, a.name || ': not one''s own is refused as if there were none') from looks a join looks b using (name, tag)
 where a.tag in ('ida', 'other') and not a.own and not b.own and a.student <> '9999' and b.student = '9999' order by 1;
select is_empty($$ select name from office where not writes and core.detail_shown(name, '{"state": "x"}') = '{"state": "x"}' $$, 'of what only reads the trail shows no filter''s value');
select * from finish();
rollback;
