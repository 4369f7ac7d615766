-- Grounds, cover and the counsellor wall (LCME 11.1): nobody counsels whom they assess; what a roster brings is listed.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
-- An afternoon in winter, and a school west of Greenwich: the school's day is not yet UTC's.
set sg.now = '2026-12-02 02:30Z';
update core.session set created_at = core.now(), last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
create function pg_temp.id(p_tag text) returns int8 language sql as $$ select staff_id from person where tag = p_tag $$;
create function pg_temp.at(p text) returns void language sql as $$
  select set_config('sg.now', p, true);
  update core.session set last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
$$;
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
create function pg_temp.add(p_student text, p_whom text, p_kind text, p_more jsonb default '{}') returns text language sql as $$
  select pg_temp.does('dean', 'ground_add', jsonb_build_object('student', p_student), jsonb_build_object('staff', pg_temp.id(p_whom), 'kind', p_kind) || p_more)
$$;
create function pg_temp.cover(p_absent text, p_whom text, p_more jsonb default '{}') returns text language sql as $$
  select pg_temp.does('dean', 'cover_add', '{}', jsonb_build_object('absent', pg_temp.id(p_absent), 'staff', pg_temp.id(p_whom), 'until', '2026-12-10') || p_more)
$$;
create function tap.seen(p_caller api.caller, p_right text) returns text language plpgsql security definer set sg.scope = '' as $$
begin
  perform core.staff_enter(p_caller, p_right);
  return (select coalesce(string_agg(s.external_id, ' ' order by s.external_id), '') from core.student s);
end
$$;
alter function tap.seen(api.caller, text) owner to sg_owner;
grant usage on schema tap to sg_owner;
create function pg_temp.sees(p_tag text) returns text language sql as $$ select tap.seen(pg_temp.as_(p_tag), 'records') $$;
update core.ground set valid_from = '2026-11-01Z';

-- ---- giving
select is(pg_temp.add('1002', p, k, m), w, concat_ws(' ', p, k, m::text))
  from (values ('other', 'friend', '{}'::jsonb, '422 invalid kind'), ('other', 'committee', '{}', '422 missing until'),
               ('other', 'adviser', '{"until": "2026-11-30"}', '422 invalid until'), ('other', 'adviser', '{"from": "2026-11-30"}', '422 invalid from'),
               ('other', 'adviser', '{"until": "2026-02-30"}', '422 invalid until'), ('operator', 'adviser', '{}', '409 no_use staff'),
               ('south', 'adviser', '{}', '404 not_found staff'), ('other', 'adviser', '{"staff": null}', '422 missing staff'),
               ('other', 'adviser', '{"staff": "x"}', '422 invalid staff')) v(p, k, m, w);
select is(pg_temp.add('9999', 'other', 'adviser'), '404 not_found student', 'for a student who is none');
select is(pg_temp.sees('other'), '', 'nobody yet');
select alike(pg_temp.add('1002', 'other', 'committee', '{"from": "2026-12-01", "until": "2026-12-03", "reason": "pace"}'),
  '201 {%"kind": "committee"%"state": "in_force"%', 'a committee until the 3rd');
select is(pg_temp.sees('other'), '1002', 'sees the student');
select is(pg_temp.add('1002', 'other', 'committee', '{"until": "2026-12-20"}'), '409 already_there staff', 'not twice at one time');
select pg_temp.at('2026-12-04 04:59:59Z') \g /dev/null
select is(pg_temp.sees('other'), '1002', 'the last day is the school''s, to its end');
select pg_temp.at('2026-12-04 05:00Z') \g /dev/null
select is(pg_temp.sees('other'), '', 'and then it is over');
select alike(pg_temp.add('1003', 'other', 'counsellor', '{"from": "2026-12-06"}'), '201 {%"state": "coming"%', 'from a day to come');
select is(pg_temp.sees('other'), '', 'not before it');
select pg_temp.at('2026-12-06 05:00Z') \g /dev/null
select is(pg_temp.sees('other'), '1003', 'but from its beginning');
select alike(pg_temp.does('dean', 'ground_end', jsonb_build_object('ground', (select max(ground_id) from core.ground))), '200 %"state": "over"%', 'ended');
select is(pg_temp.sees('other'), '', 'at once');
select alike(pg_temp.does('dean', 'ground_end', jsonb_build_object('ground', (select max(ground_id) from core.ground))), '200 %', 'ending it again changes nothing');
select is(pg_temp.does('dean', 'ground_end', '{"ground": "99999"}'), '404 not_found ground', 'one that is none');
select is(pg_temp.does('south', 'ground_end', jsonb_build_object('ground', (select max(ground_id) from core.ground))), '404 not_found ground', 'or another school''s');
select is((select string_agg(action || ' ' || cardinality(students) || ' ' || ground, ', ' order by event_id) from audit.event where action like 'ground%'),
  'ground_add 1 dean of the school, ground_add 1 dean of the school, ground_end 1 dean of the school, ground_end 1 dean of the school', 'all of it is on the trail');

-- ---- the roster's adviser, and a person's decision
select pg_temp.at('2026-12-07 15:00Z') \g /dev/null
select api.roster_import('north', 'r.csv', '[{"student_id": "1003", "adviser_email": "Other@North.example"}]') \g /dev/null
select is(pg_temp.sees('other'), '1003', 'the roster makes an adviser');
select alike(pg_temp.add('1003', 'ida', 'adviser'), '201 %', 'a dean makes another');
select is(pg_temp.sees('other') || '|' || pg_temp.sees('ida'), '|1001 1003', 'the decision goes before the roster');
select api.roster_import('north', 'r.csv', '[{"student_id": "1003", "adviser_email": "other@north.example"}]') \g /dev/null
select is(pg_temp.sees('other') || '|' || pg_temp.sees('ida'), '|1001 1003', 'whatever the next file says');
select is((select string_agg(concat_ws(' ', i #>> '{staff,name}', i ->> 'kind', i ->> 'source', i ->> 'state'), ', ' order by n)
             from jsonb_array_elements((api.grounds(pg_temp.as_('dean'), '{"student": "1003"}')).body::jsonb -> 'items') with ordinality x(i, n)),
  'Ida adviser person in_force, Other counsellor person over', 'the student''s grounds, newest first');
select pg_temp.does('dean', 'ground_end', jsonb_build_object('ground', (select max(ground_id) from core.ground))) \g /dev/null
select is(pg_temp.sees('other') || '|' || pg_temp.sees('ida'), '1003|1001', 'when it ends the roster counts again');
select alike((api.grounds(pg_temp.as_('other'), '{"student": "1003"}')).body, '%"source": "roster"%', 'and stands among the grounds');
select is(pg_temp.does('ida', 'grounds', '{"student": "1003"}'), '404 not_found student', 'not for whom there is none');

-- ---- the wall
select is(pg_temp.add('1001', 'ida', 'assessor'), '409 counsellor_wall', 'the adviser does not assess');
select is(pg_temp.add('1001', 'ida', 'committee', '{"until": "2026-12-20"}'), '409 counsellor_wall', 'nor promote');
select is(pg_temp.add('1003', 'other', 'assessor'), '409 counsellor_wall', 'nor does the roster''s adviser');
select is((select count(*) from core.ground where kind = 'assessor'), 0::bigint, 'what is refused is not there');
select alike(pg_temp.add('1001', 'other', 'assessor'), '201 %', 'somebody else does');
select is(pg_temp.add('1001', 'other', 'adviser'), '409 counsellor_wall', 'who then does not advise');
select is(pg_temp.add('1001', 'other', 'counsellor', '{"from": "2027-06-01"}'), '409 counsellor_wall', 'in time to come either');
select alike(pg_temp.add('1001', 'ida', 'counsellor'), '201 %', 'adviser and counsellor are one side');
select alike(pg_temp.add('1002', 'ida', 'assessor', '{"until": "2026-12-20"}'), '201 %', 'another student''s assessor, until the 20th');
select alike(pg_temp.add('1002', 'ida', 'adviser', '{"from": "2026-12-21"}'), '201 %', 'and from the 21st the adviser: one after the other');
select is(pg_temp.cover('ida', 'other'), '409 counsellor_wall', 'who assesses one of them does not cover for their adviser');
create function pg_temp.conflicts(p_call text, p_tag text) returns jsonb language plpgsql as $$
declare
  v_more text;
begin
  execute replace(p_call, ':me', '$1') using pg_temp.as_(p_tag);
  return null;
exception when others then
  get stacked diagnostics v_more = pg_exception_detail;
  return v_more::jsonb -> 'conflicts';
end
$$;
select is(jsonb_path_query_array(pg_temp.conflicts(format('select api.cover_add(:me, %L)', jsonb_build_object('body', jsonb_build_object(
    'absent', pg_temp.id('ida'), 'staff', pg_temp.id('other'), 'until', '2026-12-10'))), 'dean'),
  '$[*].counsels.kind'), '["covering for Ida", "covering for Ida"]', 'the refusal says who stands where');
select is((select count(*) from core.cover), 0::bigint, 'and nothing is left of it');
select is((api.conflicts(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items', '[]', 'so there are no conflicts');
select api.roster_import('north', 'r.csv', '[{"student_id": "1002", "adviser_email": "ida@north.example"}]') \g /dev/null
select is((select string_agg(concat_ws(' ', i #>> '{student,student_id}', i #>> '{staff,name}', i #>> '{counsels,source}', i #>> '{assesses,kind}'), ', ')
             from jsonb_array_elements((api.conflicts(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items') i),
  '1002 Ida roster assessor', 'but what a roster brings is listed');
select alike(pg_temp.add('1002', 'other', 'counsellor'), '201 %', 'and stands in nobody else''s way');
select pg_temp.at('2026-12-21 15:00Z') \g /dev/null
select is((api.conflicts(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items', '[]', 'over when one side is');

-- ---- cover
select is(pg_temp.cover(a, p, m), w, concat_ws(' ', a, p, m::text))
  from (values ('ida', 'ida', '{"until": "2027-01-10"}'::jsonb, '422 invalid staff'), ('ida', 'operator', '{"until": "2027-01-10"}', '409 no_use staff'),
               ('ida', 'south', '{"until": "2027-01-10"}', '404 not_found staff'), ('ida', 'other', '{"until": null}', '422 missing until'),
               ('ida', 'other', '{"until": "2026-12-20"}', '422 invalid until')) v(a, p, m, w);
select pg_temp.does('dean', 'ground_end', jsonb_build_object('ground', ground_id)) from core.ground where kind = 'assessor' and ended_at is null \g /dev/null
select alike(pg_temp.cover('ida', 'other', '{"from": "2026-12-23", "until": "2026-12-24", "reason": "away"}'), '201 %"state": "coming"%', 'cover for two days');
select is(pg_temp.sees('other'), '1002 1003', 'not yet');
select pg_temp.at('2026-12-23 05:00Z') \g /dev/null
select is(pg_temp.sees('other'), '1001 1002 1003', 'from the first day on');
select is((select g.ground from core.students_of(:north, pg_temp.id('other'), core.now()) g join core.student s using (student_id) where s.external_id = '1001'),
  'covering for Ida', 'and the ground says so');
select is(pg_temp.add('1001', 'other', 'assessor'), '409 counsellor_wall', 'who covers does not assess');
select is(jsonb_array_length((api.covers(pg_temp.as_(t), '{}')).body::jsonb -> 'items'), w, 'covers that ' || t || ' sees')
  from (values ('dean', 1), ('ida', 1), ('other', 1), ('south', 0)) v(t, w);
select pg_temp.at('2026-12-25 05:00Z') \g /dev/null
select is(pg_temp.sees('other'), '1002 1003', 'to the last');
select is(jsonb_array_length((api.covers(pg_temp.as_('dean'), a)).body::jsonb -> 'items'), w, a::text) from (values ('{}'::jsonb, 0), ('{"state": "any"}', 1)) v(a, w);
select alike(pg_temp.cover('ida', 'other', '{"until": "2027-01-10"}'), '201 %"state": "in_force"%', 'from now');
select alike(pg_temp.does('dean', 'cover_end', jsonb_build_object('cover', (select max(cover_id) from core.cover))), '200 %"state": "over"%', 'until it is ended');
select is(pg_temp.sees('other'), '1002 1003', 'at once');
select is(pg_temp.does('dean', 'cover_end', '{"cover": "99999"}'), '404 not_found cover', 'one that is none');
-- What the absent one assesses is not covered.
select pg_temp.does('dean', 'ground_end', jsonb_build_object('ground', ground_id)) from core.ground where ended_at is null \g /dev/null
select alike(pg_temp.add('1001', 'ida', 'assessor'), '201 %', 'ida assesses now');
select alike(pg_temp.cover('ida', 'other', '{"until": "2027-01-10"}'), '201 %', 'and is away');
select is(pg_temp.sees('ida') || '|' || pg_temp.sees('other'), '1001 1002|1002 1003', 'who covers sees whom she counsels, not whom she assesses');
select api.roster_import('north', 'r.csv', '[{"student_id": "1001", "adviser_email": "ida@north.example"}]') \g /dev/null
select is((select string_agg(p.tag || ' ' || c.counsels_source, ', ' order by p.tag) from core.ground_conflict(:north, core.now()) c join person p using (staff_id)), 'ida roster',
  'a roster brings a conflict again');
update core.staff set status = 'disabled' where staff_id = pg_temp.id('ida');
select is((select count(*) from core.ground_conflict(:north, core.now())), 0::bigint, 'who is disabled stands nowhere');

-- ---- what row-level security shows, by itself
set sg.scope = '';
create function tap.rows_in(p_scope text) returns text language plpgsql security definer as $$
begin
  perform set_config('sg.scope', p_scope, true);
  return (select count(*) from core.ground) || ' ' || (select count(*) from core.cover) || ' ' || (select count(*) from core.staff);
end
$$;
alter function tap.rows_in(text) owner to sg_owner;
select is(tap.rows_in(s), w, 'grounds, covers and accounts in scope "' || s || '"')
  from (values ('', '0 0 0'), ('{' || :south || '}|*', '0 0 1'), ('{' || :north || '}|', '0 3 6'),
               ('{' || :north || '}|{' || (select student_id from device where tag = 'ada') || '}', (select count(*) from core.ground g join device d using (student_id) where d.tag = 'ada') || ' 3 6')) v(s, w);
select * from finish();
rollback;
