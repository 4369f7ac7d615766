-- Documents that leave the office: what is in them, what is not, who made them, and that no figure of few is in one or can be computed.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
select set_config('sg.now', '2027-03-01T15:00:00Z', false) \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
update core.student set adviser_email = 'ida@north.example', email = 'ada@school.example' where school_id = :north and external_id = '1001';
create function pg_temp.school() returns core.school language sql as $$ select s from core.school s where s.code = 'north' $$;
create function pg_temp.packet(p_redacted bool default false, p_external_id text default '1001') returns jsonb language sql as $$
  select core.packet_document(pg_temp.school(), t, core.now(), p_redacted) from core.student t where t.school_id = (pg_temp.school()).school_id and t.external_id = p_external_id
$$;
create function pg_temp.bundle(p_least int4 default 10) returns jsonb language sql as $$
  select core.accreditation_document(pg_temp.school(), '2027-01-01', '2027-02-28', core.now(), p_least)
$$;

-- ---- the packet
select is(jsonb_path_query_array(to_jsonb(array(select jsonb_object_keys(pg_temp.packet()) order by 1)), '$[*]'),
          '["areas", "as_of", "assessment", "attempts", "calendar", "case", "clearance", "course", "day", "document", "lines", "notice", "notice_version", "plan", "redacted", "results", "results_n", "school", "school_code", "student", "zone"]',
          'the members of a packet');
select is(pg_temp.packet() #>> '{as_of}', '2027-03-01T15:00:00Z', 'its moment is the one it was asked for');
select is(pg_temp.packet() ->> 'case', null, 'no case, no contacts');
select ok(pg_temp.packet()::text !~ 'ada@school', 'no address of the student');
select is(pg_temp.packet() #>> '{student,adviser_email}', 'ida@north.example', 'the adviser');

insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat, instrument, form)
select :north, pg_temp.student('ada'), case n when 2 then 0 else 1 end, ('01890000-0000-7000-8000-00000000000' || n)::uuid, '2027-02-01', timestamptz '2027-01-01T15:00:00Z' + n * interval '7 days', 0,
       6000 + 100 * n, 1, 1, n = 4, false, case n when 2 then 'cbse' else 'cbssa' end, '3' || n from generate_series(1, 4) n;
select is((select jsonb_agg(r -> 'on' order by i) from jsonb_array_elements(pg_temp.packet() -> 'results') with ordinality x(r, i)), '["2027-01-22", "2027-01-15", "2027-01-08"]',
          'results newest first, without what was taken back');
select is((select string_agg(r ->> 'source', ' ' order by i) from jsonb_array_elements(pg_temp.packet() -> 'results') with ordinality x(r, i)), 'student office student', 'each with its source');

insert into core.case_file (school_id, student_id, attempt, state, state_since, state_why, severity, opened_at, owner_id)
select :north, pg_temp.student('ada'), 1, 'in_progress', '2027-02-10', 'x', 4, '2027-02-01', p.staff_id from person p where p.tag = 'ida';
insert into core.case_contact (school_id, case_id, student_id, staff_id, at, on_day, channel, outcome, sentence)
select c.school_id, c.case_id, c.student_id, c.owner_id, '2027-02-03', '2027-02-03', 'phone', 'met', 'said in confidence' from core.case_file c where c.school_id = :north and c.student_id = pg_temp.student('ada');
insert into core.case_note (school_id, case_id, student_id, author_id, tier, text, at)
select c.school_id, c.case_id, c.student_id, c.owner_id, 'team', 'a note in confidence', '2027-02-03' from core.case_file c where c.school_id = :north and c.student_id = pg_temp.student('ada');
insert into core.case_reason (school_id, case_id, student_id, source, code, severity, text, opened_at, changed_at)
select c.school_id, c.case_id, c.student_id, 'rule', 'low_probability', 4, 'P(pass) is low.', '2027-02-01', '2027-02-01' from core.case_file c where c.school_id = :north and c.student_id = pg_temp.student('ada');
select is(pg_temp.packet() #> '{case,contacts}', '[{"by": "Ida", "on": "2027-02-03", "channel": "phone", "outcome": "met"}]', 'contacts by day, way and outcome');
select is(pg_temp.packet() #> '{case,reasons}', '["P(pass) is low."]', 'why there is a case');
select ok(pg_temp.packet()::text !~ 'confidence', 'neither notes nor what was said');
select ok(not pg_temp.packet(true) ? 'case' and pg_temp.packet(true)::text !~* 'ida', 'redacted: no case, no contacts, nobody of the school');
insert into core.clearance (school_id, student_id, attempt, revision, state, proposal, reason, staff_id, role, decided_at, findings, evidence, reviewed)
select :north, pg_temp.student('ada'), 1, 1, 'cleared', 'no_policy', 'because of reasons', p.staff_id, 'dean', '2027-02-20', '[]', '[]', '{results,plan}' from person p where p.tag = 'dean';
select is(pg_temp.packet() #>> '{clearance,decisions,0,staff,name}', 'Dean', 'who decided');
select is(pg_temp.packet() #>> '{clearance,decisions,0,reason}', 'because of reasons', 'and why');
select is((pg_temp.packet(true) #> '{clearance,decisions,0}') - '{state,role,decided_at}'::text[] ?| '{staff,reason,conditions,student_view}', false, 'redacted: that it was decided, and no more');

-- nights: all of them, then one a week
insert into ops.night (school_id, night, as_of, source, students) select :north, d::date, d + interval '8 h', 'run', 1 from generate_series(timestamp '2026-09-01', '2027-02-28', '1 day') d;
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
select n.school_id, n.night, pg_temp.student('ada'), :set_north, 3, .5, .4, .6, 60, 3, 61, 4, 1, 0 from ops.night n where n.school_id = :north;
select is(jsonb_array_length(pg_temp.packet() -> 'course'), 26, 'of 181 nights one a week');
select is(pg_temp.packet() #>> '{course,-1,night}', '2027-02-28', 'the last of them the newest');
select is(jsonb_array_length(core.paper_course(t, '2026-10-01', 120)), 30, 'of few nights all, and none after the moment') from core.student t where t.student_id = pg_temp.student('ada');

-- P today, as the engine's own formula has it (of N(59.4, 2.6) over 62 with a spread of 2.5), and where a set does not say
select is(core.chance_at(59.4, 2.6, E'cut_epc = 62\nexam_sd_epc = 2.5\ninterval_coverage = 0.8', true), '{"p": 0.2355, "p_low": 0.0088, "p_high": 0.6152}', 'P were the exam today');
select is(core.chance_at(59.4, 2.6, E'cut_epc = 62\nexam_sd_epc = 2.5\nrecalibration_intercept_repeat = 1\nrecalibration_slope_repeat = 0.5', false) -> 'p', '0.6014', 'recalibrated for repeats');
select is(core.chance_at(0, 0, E'cut_epc = 62\nexam_sd_epc = 2.5', true), '{"p": 0.0000, "p_low": 0.0000, "p_high": 0.0000}', 'far from the line');
select is(core.chance_at(60, 2, 'cut_epc = 62', true), null, 'of a set that does not say it: nothing');

-- ---- who makes them, and what they leave behind
create function pg_temp.last_event() returns jsonb language sql as $$
  select jsonb_build_object('action', e.action, 'students', cardinality(e.students), 'detail', e.detail) from audit.event e where e.school_id = (pg_temp.school()).school_id order by e.event_id desc limit 1
$$;
select is((api.paper_packet('north', '1001', true)::jsonb) ->> 'redacted', 'true', 'a packet');
select is(pg_temp.last_event(), '{"action": "paper_packet", "students": 1, "detail": {"redacted": true}}', 'is on the trail, with the student');
select is(api.paper_packet('north', 'none such', false), null, 'of nobody there is none');
select is(pg_temp.last_event(), '{"action": "paper_packet", "students": 0, "detail": {"unknown": "none such"}}', 'and that it was asked for is on the trail');
select is((api.paper_class('north', 2028::int2)::jsonb) ->> 'class_year', '2028', 'a class');
select is(pg_temp.last_event(), '{"action": "paper_class", "students": 0, "detail": {"class_year": 2028}}', 'its export is on the trail');
select is(api.paper_class('north', 1999::int2), null, 'a class of nobody is none');
select is((api.paper_accreditation('north', '2027-01-01', '2027-02-28')::jsonb) ->> 'small_cell', '10', 'a bundle hides below the school''s limit');
select is(pg_temp.last_event(), '{"action": "paper_accreditation", "students": 0, "detail": {"from": "2027-01-01", "to": "2027-02-28"}}', 'its export is on the trail');
select throws_ok('select api.paper_accreditation(''north'', ''2027-02-01'', ''2027-01-01'')', '22023', 'the period must be from 0 to 1100 days long', 'a period that ends before it begins');
select throws_ok('select api.paper_accreditation(''north'', ''2020-02-01'', ''2027-01-01'')', '22023', 'the period must be from 0 to 1100 days long', 'or is longer than three classes');
select ok(has_function_privilege(r, f, 'execute') = (r = 'sg_report'), r || ': ' || f)
  from unnest('{"api.paper_packet(text,text,bool)","api.paper_class(text,int2)","api.paper_accreditation(text,date,date)"}'::text[]) f
 cross join unnest('{sg_report,sg_office,sg_student,sg_operator,sg_enrol,sg_metrics}'::text[]) r;

-- ---- figures of few
select is(s -> 'said', to_jsonb(w), format('%s of %s', k, n)) from (values (0, 40, 'exact'), (9, 40, 'few'), (10, 40, 'exact'), (30, 40, 'exact'), (31, 40, 'all_but_few'), (40, 40, 'exact'), (3, 9, 'too_few'), (0, 0, 'exact')) v(k, n, w)
 cross join lateral (select core.paper_share(array[v.k::int8], v.n, 10) -> 0 as s) x;
select is((select string_agg(s ->> 'said', ' ') from jsonb_array_elements(core.paper_share('{100,95,90,40}', 200, 10)) s), 'exact hidden exact exact', 'no two that differ by few');
select is(core.paper_share('{31}', 40, 10) -> 0 ->> 'bound', '31', 'all but few: what is certain');
select is(core.paper_share('{3}', 40, 10) -> 0 ->> 'bound', '9', 'few: what it is below');
select is((core.paper_share('{20}', 40, 10) -> 0) - '{said,bound}'::text[], '{"k": 20, "n": 40, "low": 0.3520, "high": 0.6480, "share": 0.5000}', 'an exact one has its interval');
select is(jsonb_array_length(core.paper_share('{1,2,3}', null, 10)), 3, 'of a number that may not be said nothing is');
select is((select string_agg(s ->> 'said', ' ') from jsonb_array_elements(core.paper_outcomes('{4,40,55}', '{20,50,60}', 10)) s), 'few exact all_but_few exact', 'two are hidden, and together tell of none');
select is((select string_agg(s ->> 'said', ' ') from jsonb_array_elements(core.paper_outcomes('{4,40,30}', '{20,60,50}', 10)) s), 'few exact hidden exact', 'one alone takes the smallest of the others along');

-- Whoever reads a table knows what is exact, the whole, and how many each hidden one is of. Of those hidden the sum follows; it must tell of no few, in any table.
create function pg_temp.tells(p_k int8[], p_n int8[]) returns bool language sql as $$
  with shown as (select o.one ->> 'said' as said, u.k, u.n, o.i from jsonb_array_elements(core.paper_outcomes(p_k, p_n, 10)) with ordinality o(one, i) left join unnest(p_k, p_n) with ordinality u(k, n, i) using (i)),
       whole as (select s.said from shown s where s.i = cardinality(p_n) + 1)
  select exists (select from shown s where s.said = 'exact' and core.tells_few(s.k, s.n, 10))
         or (select w.said from whole w) = 'exact'
            and (select count(*) filter (where s.said <> 'exact') = 1
                        or coalesce(core.tells_few(sum(s.k) filter (where s.said <> 'exact'), sum(s.n) filter (where s.said <> 'exact'), 10), false)
                        or coalesce(sum(s.n) filter (where s.said = 'too_few') < 10, false)
                   from shown s where s.i <= cardinality(p_n))
$$;
select setseed(0.5) \g /dev/null
select is((select count(*) from (select array_agg(floor(random() * (n + 1))::int8) as k, array_agg(n) as n
                                   from (select t, floor(random() * (case when random() < .3 then 12 else 60 end))::int8 as n from generate_series(1, 1500) t, generate_series(1, 5) g) x group by t) y
            where pg_temp.tells(y.k, y.n) and not (select sum(z) from unnest(y.n) z) < 20), 0::bigint, 'of 1500 tables none tells of few');

-- ---- the bundle
select is((select string_agg(d ->> 'term', ', ' order by i) from jsonb_array_elements(pg_temp.bundle() -> 'definitions') with ordinality x(d, i)),
          'Students, Enrolled, Sent a result, Estimated, Came up, Contacted, Met, Plan, Days to first contact, Risk band, Passed, Interval, Hidden figures', 'each figure is defined');
select ok(pg_temp.bundle(0)::text !~* 'ada|lovelace|1001|ida', 'nobody is named in it, whatever may be shown');
select is(pg_temp.bundle() #>> '{reach,0,said}', 'too_few', 'a school of few shows nothing');
select is(pg_temp.bundle(0) #>> '{reach,3,k}', '1', 'who came up');
select is(pg_temp.bundle(0) #>> '{followed,0,k}', '1', 'was contacted');
select is(pg_temp.bundle(0) #>> '{contact,median}', '3', 'three days after, by the school''s calendar: it came up on January 31 there');
update core.case_contact set on_day = '2027-01-31' where school_id = :north;
select is(pg_temp.bundle(0) #>> '{contact,median}', '0', 'on the same day');
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
values (:north, pg_temp.student('ada'), gen_random_uuid(), 2, 3, 1, '2027-02-10', '2027-02-11');
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, outcome, made_at)
values (:north, pg_temp.student('ada'), gen_random_uuid(), 2, 4, 1, 1, '2027-02-20');
select is((select jsonb_agg(b - '{low,high,bound}'::text[] order by i) from jsonb_array_elements(pg_temp.bundle(0) -> 'outcomes') with ordinality x(b, i) where (b ->> 'n')::int > 0),
          '[{"k": 1, "n": 1, "said": "exact", "share": 1.0000, "state": "at_risk"}, {"k": 1, "n": 1, "said": "exact", "share": 1.0000, "state": "all"}]', 'an outcome, in the band of the last night before the exam');
delete from core.case_contact where school_id = :north;
select is(pg_temp.bundle(0) #> '{contact,bands}', '[{"n": 0, "name": "within 2 days"}, {"n": 0, "name": "3 to 7 days"}, {"n": 0, "name": "8 to 14 days"}, {"n": 0, "name": "later"}]', 'who was not contacted is in no band');

-- ---- the class
select is((select string_agg(k, ' ' order by k) from jsonb_object_keys(api.paper_class('north', 2028::int2)::jsonb) k),
          'areas as_of class_year classes cohort day document exams funnel notice notice_version school school_code small_cell zone', 'the members of a class''s report');
select ok(api.paper_class('north', 2028::int2)::text !~* 'ada|lovelace|1001|/students', 'nobody is named in it, and nothing leads to anybody');
select * from finish();
rollback;
