-- The ledger of clearance: policies as data, what the software proposes, what people decide, and what changes afterwards.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();
create function pg_temp.travel(p_to text) returns void language plpgsql as $$
begin
  perform set_config('sg.now', p_to, true);
  update core.session set last_seen_at = core.now(), stepped_up_at = core.now(), expires_at = core.now() + interval '8 h';
  update core.ground set valid_from = least(valid_from, core.now());
  update core.service_token set expires_at = core.now() + interval '1 day';
end
$$;
select pg_temp.travel('2027-01-10 12:00Z') \g /dev/null
create function pg_temp.call(p_function text, p_tag text, p_args jsonb) returns jsonb language plpgsql as $$
declare
  v_body text;
begin
  execute format('select body from api.%I($1, $2)', p_function) into v_body using pg_temp.as_(p_tag), p_args;
  return v_body::jsonb;
end
$$;
create function pg_temp.refused(p_function text, p_tag text, p_args jsonb) returns text language sql as $$
  select pg_temp.refusal(format('select api.%I(:me, %L)', p_function, p_args), p_tag)
$$;
create function pg_temp.doc(p_require jsonb, p_more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object('language', 1, 'title', 'Ours', 'require', p_require, 'by', '{"days_before_exam": 14}'::jsonb, 'decides', '["dean"]'::jsonb) || p_more
$$;

create function pg_temp.reasons(p_code text) returns text language sql as $$
  select coalesce(string_agg(s.external_id || ' ' || case when r.closed_at is null then 'open' else 'closed' end, ' ' order by 1), '')
    from core.case_reason r join core.student s on s.school_id = r.school_id and s.student_id = r.student_id where r.code = p_code
$$;

-- ---- the language

select is_empty($$ select e.name, p.path, p.words from core.policy_examples() e, core.policy_problems(e.rule) p $$, 'the examples are valid');
create function pg_temp.faults(p_rule jsonb) returns text language sql as $$
  select coalesce(string_agg(p.path, ' ' order by p.path), '') from core.policy_problems(p_rule) p
$$;
create temp table checks as select '{"checks": {"at_least": 1, "of": [{"instrument": "cbssa", "scale": "epc", "min_score": 62}]}}'::jsonb as c;
select is(pg_temp.faults(pg_temp.doc(r)), want, coalesce(nullif(want, ''), 'valid') || ': ' || r::text)
  from checks, lateral (values
    (c, ''), (jsonb_build_object('all', jsonb_build_array(c, '{"p_pass": {"at_least": 0.9}}'::jsonb)), ''), (jsonb_build_object('not', jsonb_build_object('not', c)), ''),
    ('{}', '/require'), ('[]', '/require'), ('"x"', '/require'), ('null', '/require'), (c || '{"exam": {"planned": true}}', '/require'),
    ('{"sql": "drop table"}', '/require/sql'), ('{"all": []}', '/require/all'), ('{"all": {}}', '/require/all'),
    (jsonb_build_object('all', jsonb_build_array(c, '{}'::jsonb)), '/require/all/1'), ('{"any": [{"any": [{"attempt": {"most": 0}}]}]}', '/require/any/0/any/0/attempt/most'),
    (jsonb_set(c, '{checks,at_least}', '0'), '/require/checks/at_least'), (jsonb_set(c, '{checks,at_least}', '1.5'), '/require/checks/at_least'),
    (jsonb_set(c, '{checks,at_least}', '"1"'), '/require/checks/at_least'), (jsonb_set(c, '{checks,at_least}', '1e300'), '/require/checks/at_least'),
    (c #- '{checks,at_least}', '/require/checks/at_least'),
    (jsonb_set(c, '{checks,of}', '[]'), '/require/checks/of'), (jsonb_set(c, '{checks,of,0,scale}', '"stanine"'), '/require/checks/of/0/scale'),
    (jsonb_set(c, '{checks,of,0,instrument}', '"CBSSA; drop"'), '/require/checks/of/0/instrument'), (jsonb_set(c, '{checks,of,0,min_score}', '1001'), '/require/checks/of/0/min_score'),
    (jsonb_set(c, '{checks,of,1}', '{"instrument": "cbssa", "scale": "epc"}'), '/require/checks/of/1'), (jsonb_set(c, '{checks,of,1}', '{"instrument": "cbssa", "scale": "percent"}'), ''),
    (jsonb_set(c, '{checks,timed}', '"yes"'), '/require/checks/timed'), (jsonb_set(c, '{checks,pick}', '"best"'), '/require/checks/pick'),
    (jsonb_set(c, '{checks,a/b~c}', '1'), '/require/checks/a~1b~0c'),
    ('{"last_check": {"of": [{"instrument": "cbse", "scale": "epc"}]}}', '/require/last_check/within_days_of_exam'),
    ('{"p_pass": {"at_least": 1.1}}', '/require/p_pass/at_least'), ('{"state": {"in": ["on_track", "on_track"]}}', '/require/state/in'), ('{"state": {"in": ["fine"]}}', '/require/state/in'),
    ('{"exam": {}}', '/require/exam'),
    -- the estimate alone
    ('{"p_pass": {"at_least": 0.9}}', '/require'), ('{"state": {"in": ["on_track"]}}', '/require'), (jsonb_build_object('any', jsonb_build_array(c, '{"p_pass": {"at_least": 0.9}}'::jsonb)), '/require'),
    ('{"not": {"state": {"in": ["at_risk"]}}}', '/require'), (jsonb_build_object('not', jsonb_build_object('all', jsonb_build_array(c, '{"p_pass": {"at_least": 0.9}}'::jsonb))), '/require'),
    (jsonb_build_object('not', jsonb_build_object('any', jsonb_build_array(c, '{"p_pass": {"at_least": 0.9}}'::jsonb))), '')) v(r, want);
select is(pg_temp.faults(pg_temp.doc(c) || m), want, coalesce(nullif(want, ''), 'valid') || ': ' || m::text)
  from checks, lateral (values
    ('{"language": 2}'::jsonb, '/language'), ('{"title": ""}', '/title'), ('{"by": {}}', '/by'), ('{"by": {"days_before_exam": 3, "date": "2027-03-15"}}', '/by'),
    ('{"by": {"date": "2027-02-30"}}', '/by/date'), ('{"by": {"date": "2027-03-15"}}', ''), ('{"decides": []}', '/decides'), ('{"decides": ["student"]}', '/decides'), ('{"missing": "ignore"}', '/missing'),
    ('{"waiver": {"by": ["adviser"]}}', '/waiver/by'), ('{"waiver": {}}', '/waiver /waiver/by'), ('{"conditional": {"when": {"exam": {"planned": true}}}}', '/conditional/means'),
    ('{"conditional": {"means": "Meet", "when": {"p_pass": {"at_least": 0.5}}}}', ''), ('{"counsellor_decides": 1}', '/counsellor_decides'), ('{"valid_days": 731}', '/valid_days'), ('{"code": "x"}', '/code')) v(m, want);
select is(pg_temp.faults((pg_temp.doc(c) - 'require') - 'decides'), '/decides /require', 'all that is missing is named at once') from checks;
select is(pg_temp.faults(pg_temp.doc((repeat('{"not": ', 30) || c || repeat('}', 30))::jsonb)) <> '', true, 'no endless nesting') from checks;
select is(pg_temp.faults(pg_temp.doc(jsonb_build_object('all', (select jsonb_agg(jsonb_build_object('any', a)) from generate_series(1, 3), (select jsonb_agg(c) as a from checks, generate_series(1, 16)) x)))), '/require', 'no endless list') from checks;

-- Kleene's rules
create function pg_temp.kleene(p_kind text, variadic p_values bool[]) returns bool language sql as $$
  select core.policy_truth(jsonb_build_object(p_kind, (select jsonb_agg('{"x": {}}'::jsonb) from unnest(p_values))), '/r',
    (select jsonb_object_agg(format('/r/%s/%s/x', p_kind, n - 1), v) from unnest(p_values) with ordinality x(v, n)))
$$;
select is(pg_temp.kleene(k, a, b), case k when 'all' then a and b else a or b end, format('%s of %s, %s', k, coalesce(a::text, 'unknown'), coalesce(b::text, 'unknown')))
  from unnest('{all,any}'::text[]) k, unnest('{true,false,null}'::bool[]) a, unnest('{true,false,null}'::bool[]) b;
select is(core.policy_truth('{"not": {"x": {}}}', '/r', jsonb_build_object('/r/not/x', a)), not a, 'not ' || coalesce(a::text, 'unknown')) from unnest('{true,false,null}'::bool[]) a;

-- ---- each clause: true, false, unknown

create temp table here as select s.school_id, s.student_id, d.device_id from core.student s join device d on d.student_id = s.student_id where d.tag = 'ada';
create function pg_temp.store(p_n int, p_instrument text, p_score numeric, p_on timestamptz, p_form text default null, p_mode int default 1, p_repeat bool default false,
                              p_official bool default false, p_scale int default 1, p_revision int default 0, p_retracted bool default false) returns void language sql as $$
  insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat, instrument, form)
  select h.school_id, h.student_id, case when p_official then 0 else h.device_id end, pg_temp.id(p_n), p_on, p_on, p_revision, p_score * 100, p_scale, p_mode, p_retracted, p_repeat, p_instrument, coalesce(p_form, 'f' || p_n)
    from here h
$$;
-- What one clause says of ada on a day with an exam planned: 't', 'f' or '?'.
create function pg_temp.clause(p_clause jsonb, p_exam date default '2027-02-10', p_at timestamptz default core.now(), p_past bool default false) returns text language sql as $$
  select coalesce(left(f.truth::text, 1), '?')
    from here h, core.policy_findings(h.school_id, pg_temp.doc(p_clause),
           array[row(1, h.student_id, p_at, (p_at at time zone 'America/New_York')::date, p_exam, 1, '{}', p_past)::core.policy_case]) f
$$;
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select is(pg_temp.clause(c), '?', 'no result at all: nobody can say') from checks;
select pg_temp.store(1, 'cbssa', 61.99, '2026-12-01 15:00Z') \g /dev/null
select is(pg_temp.clause(c), 'f', 'a hundredth below the score') from checks;
select pg_temp.store(2, 'cbssa', 62, '2026-12-15 15:00Z') \g /dev/null
select is(pg_temp.clause(jsonb_set(c, p, v)), want, p::text || ' ' || v::text)
  from checks, lateral (values ('{checks,at_least}'::text[], '1'::jsonb, 't'), ('{checks,at_least}', '2', 'f'), ('{checks,at_least}', '3', '?'),
    ('{checks,pick}', '"latest"', 't'), ('{checks,within_days}', '26', 't'), ('{checks,within_days}', '25', '?'), ('{checks,within_days_of_exam}', '57', 't'), ('{checks,within_days_of_exam}', '56', '?'),
    ('{checks,official}', 'true', '?'), ('{checks,official}', 'false', 't'), ('{checks,of,0,scale}', '"percent"', '?'), ('{checks,of,0,instrument}', '"cbse"', '?')) v(p, v, want);
select is(pg_temp.clause(jsonb_set(c, '{checks,within_days_of_exam}', '57'), null), '?', 'near an exam that nobody planned') from checks;
select pg_temp.store(3, 'cbssa', 50, '2027-01-02 15:00Z') \g /dev/null
select is(pg_temp.clause(c), 't', 'any: an earlier one reaches it'), is(pg_temp.clause(jsonb_set(c, '{checks,pick}', '"latest"')), 'f', 'latest: the newest does not'),
       is(pg_temp.clause(jsonb_set(c #- '{checks,of,0,min_score}', '{checks,at_least}', '3')), 't', 'any score, three of them') from checks;
select pg_temp.store(3, 'cbssa', 50, '2027-01-02 15:00Z', p_revision => 1, p_retracted => true) \g /dev/null
select is(pg_temp.clause(jsonb_set(c, '{checks,pick}', '"latest"')), 't', 'a withdrawn result does not count') from checks;
select pg_temp.store(4, 'cbssa', 80, '2027-01-12 15:00Z') \g /dev/null
select is(pg_temp.clause(jsonb_set(c, '{checks,of,0,min_score}', '70')), 'f', 'nor does one of the day after tomorrow') from checks;
select pg_temp.store(5, 'uwsa1', 220, '2027-01-03 15:00Z', p_scale => 3, p_mode => 2), pg_temp.store(6, 'uwsa2', 220, '2027-01-04 15:00Z', p_scale => 3, p_repeat => true),
       pg_temp.store(7, 'uwsa3', 220, '2027-01-05 15:00Z', p_scale => 3, p_official => true), pg_temp.store(8, 'free120', 70, '2026-11-05 15:00Z', 'x', p_scale => 2),
       pg_temp.store(9, 'free120', 80, '2027-01-05 15:00Z', 'x', p_scale => 2) \g /dev/null
create function pg_temp.one(p_instrument text, p_scale text, p_score numeric, p_more jsonb) returns jsonb language sql as $$
  select jsonb_build_object('checks', jsonb_build_object('at_least', 1, 'of', jsonb_build_array(jsonb_build_object('instrument', p_instrument, 'scale', p_scale, 'min_score', p_score))) || p_more)
$$;
select is(pg_temp.clause(pg_temp.one(i, s, m, o)), want, format('%s %s %s', i, m, o))
  from (values ('uwsa1', 'three_digit', 210, '{}'::jsonb, 't'), ('uwsa1', 'three_digit', 210, '{"timed": true}', '?'), ('uwsa2', 'three_digit', 210, '{"new_form": true}', '?'), ('uwsa2', 'three_digit', 210, '{"timed": true}', 't'),
               ('uwsa3', 'three_digit', 210, '{"official": true}', 't'), ('uwsa3', 'three_digit', 221, '{"official": true}', 'f'), ('free120', 'percent', 75, '{}', 't'), ('free120', 'percent', 75, '{"new_form": true}', 'f')) v(i, s, m, o, want);
create temp table newest as select '{"last_check": {"within_days_of_exam": 30, "of": [{"instrument": "cbse", "scale": "epc"}]}}'::jsonb as c;
select is(pg_temp.clause(c, e, a), want, why)
  from newest, lateral (values ('2027-02-10'::date, '2027-01-10 12:00Z'::timestamptz, '?', 'none yet, and the thirty days have not begun'), ('2027-02-10', '2027-01-11 12:00Z', 'f', 'they have'), (null, '2027-01-11 12:00Z', '?', 'no exam planned')) v(e, a, want, why);
select pg_temp.store(10, 'cbse', 60, '2027-01-10 15:00Z') \g /dev/null
select is(pg_temp.clause(c, '2027-02-09', '2027-01-20 12:00Z'), 't', 'thirty days before'), is(pg_temp.clause(c, '2027-02-10', '2027-01-20 12:00Z'), 'f', 'thirty-one days before') from newest;
select is(pg_temp.clause(c, e), want, c::text || coalesce(e::text, ' none'))
  from (values ('{"p_pass": {"at_least": 0.7}}'::jsonb, '2027-02-10'::date, '?'), ('{"state": {"in": ["at_risk"]}}', '2027-02-10', '?'), ('{"exam": {"planned": true}}', '2027-02-10', 't'), ('{"exam": {"planned": true}}', null, 'f'),
               ('{"exam": {"inside_rules": true}}', '2027-02-10', 't'), ('{"attempt": {"most": 1}}', null, 't')) v(c, e, want);
select recorded from api.record_assessments(array[pg_temp.estimate('ada', (pg_temp.state_of('ada')).version, 0.7, 2, core.now())], '{}') \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select is(pg_temp.clause(c, p_at => a), want, format('%s at %s', c, a))
  from (values ('{"p_pass": {"at_least": 0.7}}'::jsonb, core.now(), 't'), ('{"p_pass": {"at_least": 0.71}}', core.now(), 'f'), ('{"p_pass": {"at_least": 0.7, "low_at_least": 0.59}}', core.now(), 't'),
               ('{"p_pass": {"at_least": 0.7, "low_at_least": 0.61}}', core.now(), 'f'), ('{"p_pass": {"at_least": 0.7}}', core.now() + interval '7 days', 't'), ('{"p_pass": {"at_least": 0.7}}', core.now() + interval '8 days', '?'),
               ('{"p_pass": {"at_least": 0.7, "max_age_days": 9}}', core.now() + interval '8 days', 't'), ('{"state": {"in": ["borderline", "on_track"]}}', core.now(), 't'), ('{"state": {"in": ["on_track"]}}', core.now(), 'f'),
               ('{"state": {"in": ["borderline"]}}', core.now() + interval '8 days', '?')) v(c, a, want);
select is(pg_temp.clause('{"p_pass": {"at_least": 0.1}}', p_past => true), '?', 'the estimate of a past day is not kept');
select recorded from api.record_assessments(array[pg_temp.estimate('ada', (pg_temp.state_of('ada')).version, 0.7, 4, core.now() + interval '1 min')], '{}') \g /dev/null
select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
select is(pg_temp.clause(c), want, c::text || ' of one of whom nothing can be said')
  from (values ('{"p_pass": {"at_least": 0.1}}'::jsonb, '?'), ('{"state": {"in": ["on_track"]}}', '?'), ('{"state": {"in": ["on_track", "cannot_say"]}}', 't')) v(c, want);

-- ---- policies: drafted, previewed, made active by a person

create function pg_temp.add(p_tag text, p_rule jsonb, p_year int default null) returns jsonb language sql as $$
  select pg_temp.call('policy_add', p_tag, jsonb_build_object('body', jsonb_strip_nulls(jsonb_build_object('rule', p_rule, 'reason', 'new rule', 'class_year', p_year))))
$$;
create function pg_temp.step(p_function text, p_policy jsonb, p_body jsonb default '{}') returns jsonb language sql as $$
  select pg_temp.call(p_function, 'dean', jsonb_build_object('policy', p_policy ->> 'policy_id', 'body', jsonb_build_object('revision', (p_policy ->> 'revision')::int) || p_body))
$$;
create function pg_temp.step_refused(p_function text, p_policy jsonb, p_body jsonb default '{}') returns text language sql as $$
  select pg_temp.refused(p_function, 'dean', jsonb_build_object('policy', p_policy ->> 'policy_id', 'body', jsonb_build_object('revision', (p_policy ->> 'revision')::int) || p_body))
$$;
select is(pg_temp.refused('policy_add', 'dean', jsonb_build_object('body', '{"reason": "x"}'::jsonb || b)), want, left(b::text, 60))
  from checks, lateral (values ('{}'::jsonb, '422 missing'), (jsonb_build_object('rule', pg_temp.doc('{"p_pass": {"at_least": 1}}')), '422 invalid'), (jsonb_build_object('rule', pg_temp.doc(c), 'reason', ''), '422 missing'),
    (jsonb_build_object('rule', pg_temp.doc(c), 'class_year', 'x'), '422 invalid')) v(b, want);
create temp table policy as select pg_temp.add('dean', pg_temp.doc(c, '{"valid_days": 30, "waiver": {"by": ["dean"]}, "conditional": {"means": "Another form in two weeks."}}')) as p from checks;
select is(p - '{rule,policy_id,created_at,changed_at,created_by,changed_by}'::text[], '{"state": "draft", "title": "Ours", "reason": "new rule", "version": 1, "revision": 1, "class_year": null,
  "previewed_by": null, "previewed_at": null, "activated_by": null, "activated_at": null, "ended_by": null, "ended_at": null}', 'a draft') from policy;
select is(pg_temp.call('student_clearance', 'ida', '{"student": "1001"}') -> 'policy', 'null', 'counts for nothing'),
       is(pg_temp.step_refused('policy_activate', p), '409 not_previewed', 'and is not made active unseen') from policy;
update policy set p = pg_temp.step('policy_preview', p) -> 'policy';
select is(p ->> 'state', 'previewed', 'previewed') from policy;
select is(pg_temp.step_refused('policy_activate', p, '{"revision": 2}'), '409 conflict', 'not as somebody else saw it'), is(pg_temp.step_refused('policy_activate', p, '{"replaces": 99}'), '409 conflict', 'nor instead of what is not in force') from policy;
update policy set p = pg_temp.step('policy_change', p, '{"reason": "better"}');
select is(p ->> 'state', 'draft', 'a change makes it a draft again'), is((p ->> 'revision')::int, 2, 'of another revision'), is(pg_temp.step_refused('policy_change', p, '{"revision": 1}'), '409 conflict', 'two who change it') from policy;
select is(pg_temp.step_refused('policy_change', p, '{"rule": {"language": 1}}'), '422 invalid', 'a fault in a change') from policy;
update policy set p = pg_temp.step('policy_preview', p) -> 'policy';
update core.session set stepped_up_at = core.now() - interval '1 h';
select is(pg_temp.step_refused('policy_activate', p), '403 step_up_required', 'with a fresh proof'), is(pg_temp.step_refused('policy_retire', p, '{"reason": "x"}'), '403 step_up_required', 'also to end one') from policy;
update core.session set stepped_up_at = core.now();
update policy set p = pg_temp.step('policy_activate', p);
select is(p ->> 'state', 'active', 'in force'), is(p #>> '{activated_by,name}', 'Dean', 'by a person'), is(pg_temp.step_refused('policy_change', p, '{"reason": "x"}'), '409 not_a_draft', 'does not change any more'),
       is(pg_temp.step_refused('policy_preview', p), '409 not_a_draft', 'is not tried any more') from policy;
select is(pg_temp.refused('policy', t, jsonb_build_object('policy', p ->> 'policy_id')), want, t || ' reads it')
  from policy, (values ('dean', ''), ('ida', ''), ('other', ''), ('token', ''), ('south', '404 not_found'), ('operator', '403 no_right'), ('auditor', '403 no_right'), ('admin', '403 no_right')) v(t, want);
select is(pg_temp.refused(f, 'south', jsonb_build_object('policy', p ->> 'policy_id', 'body', '{"revision": 3}'::jsonb)), '404 not_found', f || ' of another school''s')
  from policy, unnest('{policy_change,policy_preview,policy_activate}'::text[]) f;
select is(jsonb_array_length(pg_temp.call('policies', 'ida', a) -> 'items'), want, 'list ' || a::text)
  from (values ('{}'::jsonb, 1), ('{"state": "active"}', 1), ('{"state": "draft"}', 0), ('{"class_year": "2028"}', 1), ('{"sort": "title"}', 1)) v(a, want);
select is(jsonb_array_length(pg_temp.call('policies', 'south', '{}') -> 'items'), 0, 'another school''s list');
select is(jsonb_array_length(pg_temp.call('policy_examples', 'dean', '{}') -> 'items'), 3, 'three to start from'), is(pg_temp.refused('policy_examples', 'ida', '{}'), '403 no_right', 'for who writes policies');

-- ---- proposals and decisions

select api.plans_import('north', 'x', '[{"student_id": "1001", "planned_on": "2027-02-10"}, {"student_id": "1002", "planned_on": "2027-02-20"}]') \g /dev/null
create function pg_temp.page(p_student text default '1001') returns jsonb language sql as $$
  select pg_temp.call('student_clearance', 'dean', jsonb_build_object('student', p_student))
$$;
create function pg_temp.body(p_student text, p_body jsonb) returns jsonb language sql as $$
  select jsonb_build_object('student', p_student, 'body', jsonb_build_object('revision', d -> 'revision', 'reason', 'looked at everything', 'reviewed', '["results", "plan"]'::jsonb)
         || case when d ->> 'fingerprint' is null then '{}' else jsonb_build_object('fingerprint', d ->> 'fingerprint') end || p_body)
    from (select pg_temp.page(p_student) as d) x
$$;
create function pg_temp.decide(p_body jsonb, p_tag text default 'dean', p_student text default '1001') returns jsonb language sql as $$
  select pg_temp.call('clearance_decide', p_tag, pg_temp.body(p_student, p_body))
$$;
create function pg_temp.not_decided(p_body jsonb, p_tag text default 'dean', p_student text default '1001') returns text language sql as $$
  select pg_temp.refused('clearance_decide', p_tag, pg_temp.body(p_student, p_body))
$$;
-- What chooses among many says of each what the full form says, by the policies in force and by every example; at each stage below.
create function pg_temp.short_says_otherwise() returns setof text language sql as $$
  with rule(name, rule) as (select 'in force', null::jsonb union all select e.name, e.rule from core.policy_examples() e),
       said as (select r.name, f.why, x.student_id, x.policy_id, x.proposal, x.conditional, x.due_on, x.overdue, x.evidence_changed, x.worse,
                       case when f.why then x.findings is not null and x.evidence is not null and x.fingerprint is not null
                            else (x.findings, x.evidence, x.fingerprint) is not distinct from (null::jsonb, null::jsonb, null::text) end as form
                  from (select set_config('sg.scope', '{' || (select school_id from core.enter_school('north')) || '}|*', true)) s,
                       rule r, (values (true), (false)) f(why),
                       core.clearance_proposals((select school_id from core.school where code = 'north'), core.now(), null, r.rule, f.why) x)
  select said::text from said where not form
  union all
  select a.name || ' ' || coalesce(a.student_id, b.student_id) from (select * from said where why) a full join (select * from said where not why) b
      on (a.name, a.student_id) = (b.name, b.student_id)
   where to_jsonb(a) - 'why' is distinct from to_jsonb(b) - 'why'
  union all
  select 'nobody by ' || r.name from rule r where not exists (select from said where said.name = r.name)
$$;
select is_empty('select pg_temp.short_says_otherwise()', 'the short form of a proposal is the full one''s, before anybody decides');
select is(d ->> 'state', 'undecided', 'nobody decided yet'), is(d #>> '{proposal,proposal}', 'meets', 'the software: meets'), is(d #> '{proposal,findings,0}', '{"path": "/require/checks", "truth": true, "found": {"wanted": 1, "fitting": 2, "reaching": 1}}', 'why'),
       is(jsonb_path_query_array(d, '$.proposal.evidence[*].score'), '[62, 61.99]', 'by these results'), is(d #>> '{proposal,due_on}', '2027-01-27', 'by when'), is((d ->> 'days_left')::int, 25, 'days left to move the exam'),
       is(d #>> '{policy,version}', '1', 'by which version')
  from (select pg_temp.page() as d) x;
select is(pg_temp.page('1002') #>> '{proposal,proposal}', 'cannot_say', 'of whom there are no results nothing can be said'), is(pg_temp.page('1002') -> 'passed', 'false', 'and nobody is barred by that');
select is(pg_temp.not_decided(b), want, left(b::text, 80))
  from (values ('{"state": "cleared", "reviewed": ["estimate"]}'::jsonb, '422 review_needed'), ('{"state": "cleared", "reviewed": null}', '422 review_needed'), ('{"state": "cleared", "reviewed": ["gut"]}', '422 invalid'), ('{"state": "barred"}', '422 invalid'),
               ('{"state": "cleared", "reason": ""}', '422 missing'), ('{"state": "cleared", "revision": 1}', '409 conflict'), ('{"state": "cleared", "fingerprint": "0"}', '409 conflict'), ('{"state": "cleared", "fingerprint": null}', '409 conflict'),
               ('{"state": "cleared", "valid_until": "2027-01-09"}', '422 invalid')) v(b, want);
select is(pg_temp.not_decided('{"state": "cleared"}', t), want, t || ' decides')
  from (values ('ida', '403 no_right'), ('other', '403 no_right'), ('operator', '403 no_right'), ('auditor', '403 no_right'), ('admin', '403 no_right'), ('token', '403 no_right'), ('nobody', '401 not_signed_in')) v(t, want);
select is(pg_temp.refused('clearance_decide', 'south', pg_temp.body('1001', '{"state": "cleared"}')), '409 conflict', 'another school''s dean decides on their own 1001');
create temp table made as select pg_temp.decide('{"state": "cleared", "student_view": "feels ready"}') as d;
select is(d ->> 'state', 'cleared', 'cleared'), is((d ->> 'revision')::int, 1, 'the first decision'), is(d #>> '{decisions,0,reason}', 'looked at everything', 'with its reason'), is(d #>> '{decisions,0,student_view}', 'feels ready', 'what the student said'),
       is(d #>> '{decisions,0,valid_until}', '2027-02-09', 'for thirty days, as the policy says'), is(d #>> '{decisions,0,proposal}', 'meets', 'what the software said then'), is(d #>> '{decisions,0,staff,name}', 'Dean', 'by whom'), is(d #>> '{decisions,0,role}', 'dean', 'in which role'),
       is(jsonb_path_query_array(d, '$.decisions[0].evidence[*].revision'), '[0, 0]', 'the revisions of the results'), is(d #> '{decisions,0,reviewed}', '["results", "plan"]', 'what was looked at'), is(d -> 'evidence_changed', 'false', 'nothing changed yet')
  from made;
select is(core.clearance_state(:north, pg_temp.student('ada'), 1::int2), 'cleared', 'for queue and case'), is(core.clearance_state(:north, pg_temp.student('ada'), 2::int2), 'undecided', 'another attempt is another matter'),
       is(core.clearance_regressed(:north, pg_temp.student('ada'), 1::int2), false, 'not fallen')
  from (select set_config('sg.scope', '{' || :north || '}|*', true)) s;

-- what changes afterwards
savepoint decided;
select is_empty('select pg_temp.short_says_otherwise()', 'the short form is the full one''s after a decision');
select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
select pg_temp.store(2, 'cbssa', 62, '2026-12-15 15:00Z', p_revision => 1, p_retracted => true) \g /dev/null
select is_empty('select pg_temp.short_says_otherwise()', 'the short form is the full one''s after a result was withdrawn');
select is(d ->> 'state', 'cleared', 'a withdrawn result changes no decision'), is(d -> 'evidence_changed', 'true', 'but it shows'), is(d -> 'worse', 'true', 'as a fall'), is(d #>> '{proposal,proposal}', 'does_not_meet', 'and what the software says now')
  from (select pg_temp.page() as d) x;
select is(core.clearance_regressed(:north, pg_temp.student('ada'), 1::int2), true, 'regressed, for queue and case') from (select set_config('sg.scope', '{' || :north || '}|*', true)) s;
select is(jsonb_array_length(pg_temp.call('clearance_list', 'dean', '{"worse": "true"}') -> 'items'), 1, 'on the list of those who fell'), is(jsonb_array_length(pg_temp.call('clearance_list', 'dean', '{"changed": "true"}') -> 'items'), 1, 'of those whose evidence changed');
rollback to decided;
select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
select pg_temp.store(1, 'cbssa', 63, '2026-12-01 15:00Z', p_revision => 1) \g /dev/null
select is_empty('select pg_temp.short_says_otherwise()', 'the short form is the full one''s after one was corrected');
select is(pg_temp.page() -> 'evidence_changed', 'true', 'a corrected result shows, also for the better');
rollback to decided;
select pg_temp.store(11, 'cbssa', 40, '2027-01-10 11:00Z') from (select set_config('sg.scope', '{' || :north || '}|*', true)) s \g /dev/null
select is_empty('select pg_temp.short_says_otherwise()', 'the short form is the full one''s after a worse one');
select is(pg_temp.page() -> 'evidence_changed', 'false', 'a worse result that leaves the policy met does not');
rollback to decided;
select pg_temp.travel('2027-02-10 04:59Z') \g /dev/null
select is_empty('select pg_temp.short_says_otherwise()', 'the short form is the full one''s on its last day');
select is(pg_temp.page() ->> 'state', 'cleared', 'until the end of its last day');
select pg_temp.travel('2027-02-10 05:00Z') \g /dev/null
select is(d ->> 'state', 'undecided', 'then it has run out'), is(d -> 'expired', 'true', 'and says so'), is(core.clearance_state(:north, pg_temp.student('ada'), 1::int2), 'undecided', 'for queue and case too')
  from (select pg_temp.page() as d) x, (select set_config('sg.scope', '{' || :north || '}|*', true)) s;
rollback to decided;

-- further decisions
select is(d ->> 'state', 'not_cleared', 'a person may decide otherwise'), is((d ->> 'revision')::int, 2, 'a further row'), is(jsonb_array_length(d -> 'decisions'), 2, 'the one before stays')
  from (select pg_temp.decide('{"state": "not_cleared", "reason": "family emergency"}') as d) x;
select is(count(*), 1::bigint, 'not cleared opens a case') from core.case_reason r where r.code = 'not_cleared' and r.closed_at is null and r.student_id = pg_temp.student('ada');
select is(pg_temp.decide('{"state": "conditional"}') #>> '{decisions,0,conditions}', 'Another form in two weeks.', 'the condition is the policy''s, unless one is said');
select is(count(*), 0::bigint, 'which takes the reason back') from core.case_reason r where r.code = 'not_cleared' and r.closed_at is null and r.student_id = pg_temp.student('ada');
select is(pg_temp.decide('{"state": "waived", "reason": "petition granted"}') ->> 'state', 'waived', 'waived by the dean, with a reason'), is(pg_temp.decide('{"state": "undecided", "reason": "petition withdrawn"}') ->> 'state', 'undecided', 'taken back');
select is(d #>> '{decisions,0,against_proposal}', 'true', 'cleared against the proposal: a person decides, and it says so')
  from (select pg_temp.decide('{"state": "cleared", "reason": "known from the course"}', p_student => '1002') as d) x;
select is_empty($$ select x from unnest(array['update', 'delete', 'truncate']) x where has_table_privilege('sg_owner', 'core.clearance', x) $$, 'the ledger is append-only');
select is(array_agg(detail ->> 'revision' order by event_id), '{1,2,3,4,5,1}', 'the trail has each') from audit.event where action = 'clearance_decide';
rollback to decided;

-- the policy's form
select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
update core.policy set rule = rule - 'waiver' - 'conditional' where school_id = :north;
select is(pg_temp.not_decided('{"state": "waived"}'), '409 no_exceptions', 'a policy without exceptions'), is(pg_temp.not_decided('{"state": "conditional", "conditions": "x"}'), '409 no_conditions', 'a policy without conditions');
update core.policy set rule = rule || '{"decides": ["adviser"]}' where school_id = :north;
select is(pg_temp.not_decided('{"state": "cleared"}'), '403 no_right', 'the policy names others who decide');
rollback to decided;

-- the counsellor wall (LCME 11.1)
select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
insert into core.ground (school_id, staff_id, student_id, kind, valid_from, granted_at)
select :north, p.staff_id, s.student_id, 'counsellor', core.now() - interval '1 day', core.now() from person p, core.student s where p.tag = 'dean' and s.external_id = '1002' and s.school_id = :north;
select is(pg_temp.not_decided('{"state": "cleared"}', p_student => '1002'), '409 counsellor_wall', 'who counsels a student does not decide on them'), is(pg_temp.not_decided('{"state": "cleared"}'), '', 'but on others');
select is(count(*), 0::bigint, 'and nothing was written') from core.clearance c join core.student s using (school_id, student_id), (select set_config('sg.scope', '{' || :north || '}|*', true)) x where s.external_id = '1002';
update core.policy set rule = rule || '{"counsellor_decides": true}' where school_id = :north;
select is(pg_temp.decide('{"state": "cleared"}', p_student => '1002') ->> 'state', 'cleared', 'unless the policy says so');
rollback to decided;
select is(pg_temp.refused('ground_add', 'dean', jsonb_build_object('student', '1001', 'body', jsonb_build_object('kind', 'counsellor', 'staff', (select staff_id from person where tag = 'dean'), 'reason', 'x'))),
          '409 counsellor_wall', 'who decided on a student does not counsel them afterwards');
rollback to decided;

-- nothing to decide
select api.plans_import('north', 'x', '[{"student_id": "1001", "taken_on": "2027-01-09"}]') \g /dev/null
select is(pg_temp.not_decided('{"state": "cleared"}'), '409 nothing_to_decide', 'who has sat');
select is(pg_temp.page() -> 'proposal', 'null', 'nothing is proposed either');
rollback to decided;

-- the list
create function pg_temp.listed(p_tag text, p_args jsonb) returns text language sql as $$
  select coalesce(string_agg(format('%s %s %s', i #>> '{student,student_id}', i ->> 'state', i ->> 'proposal'), ', ' order by n), '') from jsonb_array_elements(pg_temp.call('clearance_list', p_tag, p_args) -> 'items') with ordinality x(i, n)
$$;
select is(pg_temp.listed(t, a), want, t || ' ' || a::text)
  from (values ('dean', '{}'::jsonb, '1001 cleared meets, 1002 undecided cannot_say, 1003 undecided cannot_say'), ('dean', '{"sort": "-exam_on"}', '1003 undecided cannot_say, 1002 undecided cannot_say, 1001 cleared meets'),
               ('dean', '{"state": "cleared"}', '1001 cleared meets'), ('dean', '{"proposal": "cannot_say", "class_year": "2028"}', '1002 undecided cannot_say'), ('dean', '{"proposal": "no_policy"}', ''), ('dean', '{"limit": "1"}', '1001 cleared meets'),
               ('dean', '{"overdue": "true"}', ''), ('dean', '{"worse": "true"}', ''), ('ida', '{}', '1001 cleared meets'), ('other', '{}', ''), ('token', '{"state": "cleared"}', '1001 cleared meets'), ('south', '{}', '1001 undecided no_policy')) v(t, a, want);
select is(pg_temp.refused('clearance_list', 'dean', a), '422 invalid', a::text) from unnest(array['{"state": "x"}', '{"proposal": "x"}', '{"worse": "x"}', '{"sort": "p"}']::jsonb[]) a;
select alike((api.clearance_list(pg_temp.as_('dean'), '{"format": "csv"}')).body, 'student.student_id,%"1001","Alt","Ada",2028,1,"2027-02-10","2027-02-04",25,"cleared",false,%34 CFR 99.33%', 'as a file');
select pg_temp.travel('2027-02-07 12:00Z') \g /dev/null
select is(pg_temp.listed('dean', '{"overdue": "true"}'), '1002 undecided cannot_say', 'the policy''s day is over, and it is not met');
select is(api.clearance_sweep('north'), '{"worse": 0, "overdue": 1}', 'the night opens a case for who is overdue'),
       is(api.clearance_sweep('north'), '{"worse": 0, "overdue": 1}', 'and does so once');
select is(pg_temp.reasons('clearance_overdue'), '1002 open', 'one reason for one student'), is(pg_temp.reasons('clearance_worse'), '', 'and no other');
rollback to decided;

-- preview: who would change
create temp table stricter as select pg_temp.add('dean', pg_temp.doc(jsonb_set(c, '{checks,of,0,min_score}', '65'), '{"missing": "does_not_meet"}')) as p from checks;
create temp table seen as select pg_temp.step('policy_preview', p) as d from stricter;
select is(d ->> 'replaces', (select p ->> 'policy_id' from policy), 'what it would replace'), is(jsonb_path_query_array(d, '$.students[*].student.student_id'), '["1001"]', 'whom the software would call otherwise'),
       is(d #> '{moves,0}', '{"before": "meets", "after": "does_not_meet", "students": null}', 'how many, hidden below the small cell'), is(d #> '{counts,1}', '{"class_year": 2028, "students": 2, "before": {"meets": null, "cannot_say": null, "does_not_meet": 0, "no_policy": 0}, "after": {"meets": 0, "cannot_say": null, "does_not_meet": null}}', 'by class, hidden too')
  from seen;
select is(core.clearance_state(:north, pg_temp.student('ada'), 1::int2), 'cleared', 'a preview changes nothing') from (select set_config('sg.scope', '{' || :north || '}|*', true)) s;
select is(core.cells_hide(:north, a), want, a::text)
  from (values ('{"x": 0, "y": 12}'::jsonb, '{"x": 0, "y": 12}'::jsonb), ('{"x": 3, "y": 12, "z": 40}', '{"x": null, "y": null, "z": 40}'), ('{"x": 3, "y": 4, "z": 40}', '{"x": null, "y": null, "z": 40}'), ('{"x": 10, "y": 10}', '{"x": 10, "y": 10}'), ('{}', '{}')) v(a, want),
       (select set_config('sg.scope', '{' || :north || '}|*', true)) s;
-- made active: decisions stay, and show by which version they were made
select pg_temp.step('policy_activate', d -> 'policy', jsonb_build_object('replaces', (d ->> 'replaces')::int)) from seen \g /dev/null
select is(pg_temp.call('policy', 'dean', jsonb_build_object('policy', p ->> 'policy_id')) ->> 'state', 'superseded', 'the one before is superseded') from policy;
select is(d ->> 'state', 'cleared', 'the decision stays'), is(d -> 'policy_changed', 'true', 'made by another version'), is(d -> 'worse', 'true', 'and below what the new one asks') from (select pg_temp.page() as d) x;
select is(api.clearance_sweep('north') -> 'worse', '1', 'the night opens a case for who was cleared and fell');
select is(pg_temp.reasons('clearance_worse'), '1001 open', 'with the reason');
-- a class of its own
create temp table own as select pg_temp.step('policy_preview', pg_temp.add('dean', pg_temp.doc('{"attempt": {"most": 4}}'), 2028)) as d;
select pg_temp.step('policy_activate', d -> 'policy') from own \g /dev/null
select is(pg_temp.page() #>> '{policy,class_year}', '2028', 'a class''s own policy goes before'), is(pg_temp.page('1003') #>> '{policy,class_year}', null, 'for that class alone');
select is(pg_temp.step('policy_retire', pg_temp.call('policy', 'dean', jsonb_build_object('policy', d #>> '{policy,policy_id}')), '{"reason": "class is through"}') ->> 'state', 'retired', 'retired') from own;
select is(pg_temp.page() #>> '{policy,class_year}', null, 'then the one for all holds again'), is(pg_temp.step_refused('policy_retire', d -> 'policy', '{"reason": "x", "revision": 3}'), '409 ended', 'once') from own;
rollback to decided;

-- ---- replay

select set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
delete from core.assessment;
-- ada fails without ever reaching 62 in the last 42 days (results as they were stored), ben passes with 70 in October, cem passes without a result
select api.plans_import('north', 'x', '[{"student_id": "1001", "planned_on": "2026-12-14", "taken_on": "2026-12-14", "outcome": "fail"}, {"student_id": "1002", "taken_on": "2026-11-16", "outcome": "pass"},
  {"student_id": "1003", "taken_on": "2026-11-17", "outcome": "pass"}]'), set_config('sg.scope', '{' || :north || '}|*', true) \g /dev/null
insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat, instrument, form)
select :north, d.student_id, d.device_id, pg_temp.id(30), '2027-01-01', '2026-10-20 15:00Z', 0, 7000, 1, 1, false, false, 'cbssa', '30' from device d where d.tag = 'ben';
create temp table replayed as select core.policy_replay(:north, pg_temp.doc(c, '{"missing": "does_not_meet"}'), '2026-11-01', '2026-12-31') as d from checks;
select is(d - '{weeks,caught_of_failed,held_of_passed,failed_of_held}'::text[], '{"from": "2026-11-01", "to": "2026-12-31", "attempts": 3, "passed": 2, "failed": 1, "caught": 1, "missed": 0, "false_alarms": 1, "cleared_and_passed": 1,
    "peak": {"week": "2026-11-09", "newly": 1}, "unknown_clauses": []}', 'whom it would have caught, and held for nothing'),
       is(d -> 'caught_of_failed', '{"k": 1, "n": 1, "share": 1.0000, "low": 0.2065, "high": 1.0000}', 'with an interval'),
       is(jsonb_path_query_array(d, '$.weeks[*] ? (@.not_cleared > 0).week'), '["2026-11-09", "2026-11-16", "2026-12-07"]', 'by week') from replayed;
rollback to decided;
select is(core.share_interval(k, n), want, format('%s of %s', k, n))
  from (values (0::int8, 0::int8, '{"k": 0, "n": 0, "share": null, "low": null, "high": null}'::jsonb), (0, 10, '{"k": 0, "n": 10, "share": 0.0000, "low": 0, "high": 0.2775}'), (11, 13, '{"k": 11, "n": 13, "share": 0.8462, "low": 0.5777, "high": 0.9567}')) v(k, n, want);
select is(pg_temp.refused('policy_replay', t, jsonb_build_object('policy', p ->> 'policy_id') || a), want, format('%s replays %s', t, a))
  from policy, (values ('dean', '{}'::jsonb, ''), ('ida', '{}', '403 no_right'), ('south', '{}', '404 not_found'), ('dean', '{"from": "2020-01-01", "to": "2024-01-01"}', '422 invalid'), ('dean', '{"from": "2027-01-01", "to": "2026-01-01"}', '422 invalid')) v(t, a, want);
select * from finish();
rollback;
