-- Who may do what with cases: each function × each role × the own student's, another adviser's, another school's case.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();
select pg_temp.enrol('cem', 'north', '1003', 4) \g /dev/null
select pg_temp.assess('ada', 0.5, 1), pg_temp.assess('ben', 0.5, 1), pg_temp.assess('sol', 0.5, 1) \g /dev/null
-- The same call about ada (ida's), ben (nobody's) and sol (of the other school, whose dean is south).
create function pg_temp.call(p_function text, p_tag text) returns text language sql as $$
  select format('select api.%I(:me, %L)', p_function, case p_function
      when 'case_show' then jsonb_build_object('case', c.case_id)
      when 'case_act' then jsonb_build_object('case', c.case_id, 'verb', 'note', 'body', '{"text": "x"}'::jsonb)
      when 'case_act_assign' then jsonb_build_object('case', c.case_id, 'verb', 'assign', 'body', jsonb_build_object('revision', c.revision, 'to', null))
      when 'case_open' then jsonb_build_object('student', s.external_id, 'body', '{"sentence": "x"}'::jsonb)
      when 'life_events' then jsonb_build_object('student', s.external_id)
      when 'life_event_add' then jsonb_build_object('student', s.external_id, 'body',
                                   '{"kind": "leave", "category": "family", "starts_on": "2026-01-01", "ends_on": "2026-01-02"}'::jsonb)
      when 'life_event_change' then jsonb_build_object('student', s.external_id, 'event',
             (select l.event_id from core.life_event l where l.student_id = s.student_id), 'body', '{"revision": 1}'::jsonb)
      when 'cases_bulk' then jsonb_build_object('body', jsonb_build_object('verb', 'take', 'cases',
        jsonb_build_array(jsonb_build_object('case', c.case_id, 'revision', c.revision))))
      else '{}' end)
    from core.case_file c join core.student s using (school_id, student_id) where c.case_id = (pg_temp.case_of(p_tag)).case_id
$$;
insert into core.life_event (school_id, student_id, kind, category, starts_on, ends_on, noted_by, noted_at)
select d.school_id, d.student_id, 'leave', 'family', '2026-01-01', '2026-01-02', p.staff_id, core.now()
  from device d join person p on p.tag = case when d.tag = 'sol' then 'south' else 'dean' end where d.tag in ('ada', 'ben', 'sol');
-- Undone again, so that every call meets the same world.
create function pg_temp.tried(p_function text, p_tag text, p_person text, p_csrf bool default true) returns text language plpgsql as $$
declare
  v_said text;
begin
  v_said := pg_temp.refusal(replace(pg_temp.call(p_function, p_tag), 'api.case_act_assign', 'api.case_act'), p_person, p_csrf);
  raise exception using errcode = 'P0099', message = v_said;
exception when sqlstate 'P0099' then
  return sqlerrm;
end
$$;
create temp table function (name text, kind text);
insert into function values ('case_show', 'one'), ('life_events', 'one'), ('case_act', 'write'), ('case_open', 'write'), ('life_event_add', 'write'),
  ('life_event_change', 'write'), ('case_act_assign', 'dean'), ('queue_show', 'list'), ('cases', 'list'), ('work', 'own'), ('cases_bulk', 'dean list');
select is(pg_temp.tried(f.name, t.tag, p.tag),
          case
            when p.tag = 'nobody' then '401 not_signed_in'
            when p.tag in ('operator', 'auditor', 'admin') then '403 no_right'
            when p.tag = 'token' and f.kind not in ('one', 'list') then '403 no_right'
            when p.tag in ('ida', 'other') and f.kind like 'dean%' then '403 no_right'
            when f.kind in ('list', 'own', 'dean list') then ''
            -- the other school's student 1001 has a namesake here, whom ada's people do see
            when p.school = 'north' and t.tag = 'sol' and f.name in ('case_open', 'life_events', 'life_event_add') then case when p.tag = 'other'
              then '404 not_found' else '' end
            when p.school = 'south' and t.tag = 'ada' and f.name in ('case_open', 'life_events', 'life_event_add') then ''
            when (p.school = 'south') <> (t.tag = 'sol') then '404 not_found'
            when p.tag = 'ida' and t.tag = 'ben' or p.tag = 'other' then '404 not_found'
            else '' end,
          format('%s by %s on %s', f.name, p.tag, t.tag))
  from function f cross join person p cross join (values ('ada'), ('ben'), ('sol')) t(tag)
 where not (f.kind in ('list', 'own') and t.tag <> 'ada');
select is(pg_temp.tried(f.name, 'ada', 'dean', false), '403 csrf', f.name || ' without the page''s token')
  from function f where f.kind in ('write', 'dean', 'dean list');

-- Lists and bulk work show and touch no others'.
select is((select count(*) from jsonb_array_elements((api.cases(pg_temp.as_(t), '{}')).body::jsonb -> 'items')), want, t || ' lists')
  from (values ('dean', 2::int8), ('ida', 1), ('other', 0), ('token', 2), ('south', 1)) v(t, want);
select is((select count(*) from jsonb_array_elements((api.queue_show(pg_temp.as_(t), '{}')).body::jsonb -> 'items')), want, t || ' queues')
  from (values ('dean', 2::int8), ('ida', 1), ('other', 0), ('token', 2), ('south', 1)) v(t, want);
select is(b -> 'items' -> 0 ->> 'status', '404', 'another school''s case is none'), is(b -> 'items' -> 1 ->> 'status', '200', 'one''s own is done'),
       is(b -> 'items' -> 2 ->> 'code', 'conflict', 'one that changed is not'), is(b -> 'done', '1', 'one done'), is(b -> 'refused', '2', 'two not'),
       is(b -> 'items' -> 2 -> 'current' -> 'student' ->> 'student_id', '1002', 'and is shown as it is')
  from (select (api.cases_bulk(pg_temp.as_('dean'), jsonb_build_object('body', jsonb_build_object('verb', 'acknowledge', 'cases', jsonb_build_array(
          jsonb_build_object('case', (pg_temp.case_of('sol')).case_id, 'revision', 1),
          jsonb_build_object('case', (pg_temp.case_of('ada')).case_id, 'revision', 1),
          jsonb_build_object('case', (pg_temp.case_of('ben')).case_id, 'revision', 9)))))).body::jsonb as b) q;
select is((pg_temp.case_of('sol')).state || ' ' || (pg_temp.case_of('ada')).state || ' ' || (pg_temp.case_of('ben')).state, 'new acknowledged new',
  'so it stands');
select is(pg_temp.refusal(format('select api.cases_bulk(:me, %L)', jsonb_build_object('body', b)), 'dean'), '422 invalid', b::text)
  from (values ('{"verb": "contact", "cases": [{"case": 1, "revision": 1}]}'::jsonb), ('{"verb": "take", "cases": []}'), ('{"verb": "take", "cases": "all"}'),
               (jsonb_build_object('verb', 'take', 'cases', (select jsonb_agg(n) from generate_series(1, 201) n)))) v(b);
select is((api.cases_bulk(pg_temp.as_('dean'),
  '{"body": {"verb": "take", "cases": [7, {"case": "x"}, {"case": 1, "revision": 1, "to": 2}]}}')).body::jsonb -> 'done', '0',
          'what is no case is refused by itself');

-- The trail: who did what to whose case, on what ground.
select results_eq($$ select action, ground, students from audit.event where action = 'case_acknowledge' $$,
                  $$ values ('case_acknowledge', 'dean of the school', array[pg_temp.student('ada')]) $$, 'a deed is on the trail');
select is((api.case_show(pg_temp.as_('ida'), jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).students, array[pg_temp.student('ada')],
  'a look says whose record'),
       is((api.case_show(pg_temp.as_('ida'), jsonb_build_object('case', (pg_temp.case_of('ada')).case_id))).ground, 'adviser', 'and on what ground');

-- Lists: filters, pages, files.
create function pg_temp.listed(args jsonb) returns text language sql as $$
  select string_agg(i -> 'student' ->> 'student_id', ' ' order by n) from jsonb_array_elements((api.cases(pg_temp.as_('dean'),
    args)).body::jsonb -> 'items') with ordinality x(i, n)
$$;
select is(pg_temp.listed(a), want, a::text)
  from (values ('{}'::jsonb, '1002 1001'), ('{"sort": "opened"}', '1001 1002'), ('{"sort": "name"}', '1001 1002'), ('{"sort": "-severity"}', '1002 1001'),
               ('{"state": "acknowledged"}', '1001'), ('{"state": "resolved"}', null), ('{"state": "any"}', '1002 1001'), ('{"owner": "me"}', '1001'),
               ('{"owner": "none"}', '1002'), ('{"rule": "at_risk"}', '1002 1001'), ('{"rule": "decline"}', null), ('{"class_year": "2028"}', '1002 1001'),
               ('{"student": "1002"}', '1002'), ('{"overdue": "true"}', null), ('{"limit": "1"}', '1002'),
               (jsonb_build_object('due_until', pg_temp.today() + 3), '1002 1001'), (jsonb_build_object('due_until', pg_temp.today() + 2), null)) v(a, want);
select is(pg_temp.listed(jsonb_build_object('limit', '1', 'cursor', (api.cases(pg_temp.as_('dean'), '{"limit": "1"}')).body::jsonb ->> 'next')), '1001',
  'the next page');
select is(pg_temp.refusal(format('select api.cases(:me, %L)', a), 'dean'), '422 invalid', a::text)
  from (values ('{"owner": "ida"}'::jsonb), ('{"state": "lost"}'), ('{"due_until": "soon"}')) v(a);
select matches((api.cases(pg_temp.as_('dean'), '{"format": "csv"}')).body, '^case,student.student_id,[^\n]*,notice\r\n', 'cases as a file'),
       matches((api.work(pg_temp.as_('dean'), '{"format": "csv"}')).body, '^kind,title,[^\n]*,notice\r\n', 'work'),
       matches((api.life_events(pg_temp.as_('dean'), '{"student": "1001", "format": "csv"}')).body, '^event,kind,[^\n]*,notice\r\n', 'life events');
select * from finish();
rollback;
