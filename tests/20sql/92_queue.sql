-- The queue: who stands in it, in which order, where the line is drawn, and that it says why.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();
select pg_temp.at('2026-11-23 15:00Z') \g /dev/null

-- Twelve students q01 … q12, exam days and P as given.
select api.roster_import('north', 'x', (select jsonb_agg(jsonb_build_object('student_id', 'q' || lpad(n::text, 2, '0'), 'given_name', 'Viridian',
  'family_name', 'Hackberry', 'class_year', 2027 + n % 2)) from generate_series(1, 12) n)) \g /dev/null
insert into device select 'q' || lpad(n::text, 2, '0'), s.school_id, s.student_id, 1, '' from generate_series(1, 12) n
  join core.student s on s.school_id = :north and s.external_id = 'q' || lpad(n::text, 2, '0');
create function pg_temp.plan(tag text, days int) returns void language sql as $$
  insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
  select d.school_id, d.student_id, gen_random_uuid(), 2, 1, 1, pg_temp.today() + days, core.now() from device d where d.tag = $1
$$;
create function pg_temp.risk(tag text, p float8, severity int = 3) returns bool language sql as $$
  select pg_temp.assess(tag, p, 1, pg_temp.flag(tag, 'low_probability', severity))
$$;
create function pg_temp.queue(person text = 'dean', args jsonb = '{}') returns text language sql as $$
  select string_agg(i -> 'student' ->> 'student_id' || case when (i ->> 'above_line')::bool then '' else '-' end, ' ' order by n)
    from jsonb_array_elements((api.queue_show(pg_temp.as_(person), args)).body::jsonb -> 'items') with ordinality x(i, n)
$$;
create function pg_temp.hidden() returns jsonb language sql as $$ select (api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'hidden' $$;
select pg_temp.plan(t, d) from (values ('q01', 28), ('q02', 28), ('q03', 120), ('q04', 40), ('q05', 30)) v(t, d) \g /dev/null
select pg_temp.risk('q01', 0.5), pg_temp.risk('q02', 0.3), pg_temp.risk('q03', 0.3), pg_temp.risk('q04', 0.5), pg_temp.risk('q05', 0.9) \g /dev/null
select is(pg_temp.queue(), 'q02 q04 q01 q03 q05', 'by what acting now is expected to prevent');
select is_empty($$ select i from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items') i
                    where abs((i -> 'order' ->> 'preventable')::float8 - core.preventable((i -> 'estimate' ->> 'p')::float8,
                      (i -> 'order' ->> 'days')::int4)) > 1e-9
                       or (i ->> 'last_safe_on')::date - pg_temp.today() <> (i -> 'order' ->> 'days')::int4 or i -> 'order' ->> 'until' <> 'last_safe_day' $$,
                'which the row gives as numbers, by the last safe day');
select matches(i -> 'order' ->> 'sentence', '^70 % risk of failing × [0-9]+ % that acting still helps by the .*: 0\.[0-9]{3} preventable failures\.$',
  'and as a sentence'),
       is(i -> 'estimate' ->> 'shape', 'triangle', 'a shape'), is(i -> 'estimate' ->> 'word', 'at risk', 'and a word')
  from (select (api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items' -> 0 as i) q;

select is((select jsonb_agg(i - '{days_to_exam,estimate}'::text[] order by n) from jsonb_array_elements(api.queue('north', core.now(), 200) -> 'items')
             with ordinality x(i, n)),
          (select jsonb_agg(i - 'estimate' order by n) from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'), '{"limit": "200"}')).body::jsonb -> 'items')
             with ordinality x(i, n)), 'the operator''s shell shows the same rows');
select is(q - '{items}'::text[], api.queue('north', core.now(), 200) - '{school,zone,as_of,students,assessed,stale,parameters,counts,unseen,items}'::text[],
          'and the same line') from (select (api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb as q) x;

-- regressed and escalating on top of their group
update core.case_file set state = 'escalating' where student_id = pg_temp.student('q03');
update core.case_file set state = 'regressed' where student_id = pg_temp.student('q05');
select is(pg_temp.queue(), 'q05 q03 q02 q04 q01', 'regressed, then escalating, then the others');
-- a hard deadline before everything
update core.case_file set last_safe_on = pg_temp.today() + 14 where student_id = pg_temp.student('q04');
select is(pg_temp.queue(), 'q04 q05 q03 q02 q01', 'a last safe day within deadline_days goes first');
insert into core.clearance (school_id, student_id, attempt, revision, state, proposal, findings, evidence, reviewed, reason, valid_until, staff_id, role,
  decided_at)
select :north, pg_temp.student('q04'), 1, 1, 'cleared', 'no_policy', '{}', '[]', '{estimate}', 'x', pg_temp.today(), staff_id, 'dean', core.now() from person
  where tag = 'dean';
select is(pg_temp.queue(), 'q05 q03 q02 q01 q04', 'not for who is cleared'),
       is((select i ->> 'clearance' from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items') i
            where i -> 'student' ->> 'student_id' = 'q04'), 'cleared', 'which the row says');
delete from core.clearance;
select matches((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items' -> 0 -> 'order' ->> 'sentence',
               '^Hard deadline: the last safe day is 2026-12-07, in 14 days\. 50 % risk', 'and says so');
update core.case_file set last_safe_on = pg_temp.today() + 15 where student_id = pg_temp.student('q04');
select is(pg_temp.queue(), 'q05 q03 q02 q01 q04', 'a day later is none yet');
update core.case_file set last_safe_on = pg_temp.today() - 1 where student_id = pg_temp.student('q04');
select is(i -> 'order' ->> 'until', 'exam_day', 'a last safe day that is over counts no more: until the exam'),
       is((i -> 'order' ->> 'days')::int, 40, 'by its days'), matches(i -> 'order' ->> 'sentence', 'the last safe day is over', 'and that is said')
  from (select i from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items') i
    where i -> 'student' ->> 'student_id' = 'q04') q;

-- who is not in it, and that it says why
select pg_temp.act('dean', 'q02', 'contact', '{"channel": "phone", "outcome": "met"}') \g /dev/null
select is(pg_temp.queue(), 'q05 q03 q01 q04', 'somebody acted on it'), is(pg_temp.hidden(), '{"acted": 1}', 'is why');
select pg_temp.act('dean', 'q01', 'snooze', jsonb_build_object('until', pg_temp.today() + 5)), pg_temp.act('dean', 'q04', 'watch') \g /dev/null
select is(pg_temp.queue(), 'q05 q03', 'asleep, and watched'), is(pg_temp.hidden(), '{"acted": 1, "asleep": 1, "watching": 1}', 'are why');
select pg_temp.act('dean', 'q02', 'follow_up', jsonb_build_object('on', pg_temp.today())) \g /dev/null
select is(pg_temp.queue(), 'q05 q03 q02', 'a follow-up that is due ends it');
update core.case_file set follow_up_on = null;
select pg_temp.at(core.now() + interval '3 days 1 min') \g /dev/null
select is(pg_temp.queue(), 'q05 q03 q02', 'after skip_acted_days it is back');
select pg_temp.act('dean', 'q05', 'contact', '{"channel": "phone", "outcome": "met"}') \g /dev/null
select is(pg_temp.queue(), 'q03 q02', 'in hand, it is regressed no more');
select pg_temp.assess('q02', 0.95, 3) \g /dev/null
select is(pg_temp.queue(), 'q03', 'what it was about went away'), is(pg_temp.hidden() -> 'no_reason', '1', 'its owner closes it');
select api.roster_import('north', 'x', '[{"student_id": "q03", "status": "inactive"}]') \g /dev/null
select is(pg_temp.queue(), null::text, 'who left is not in it');
select api.roster_import('north', 'x', '[{"student_id": "q03", "status": "active"}]') \g /dev/null

-- the line
select pg_temp.at('2026-11-30 15:00Z') \g /dev/null
update core.case_file set state = 'resolved', resolution = 'ready', owner_id = null, acted_at = null, mark_delta = null, mark_p = null;
update core.case_reason set closed_at = core.now() where closed_at is null;
select pg_temp.plan('q' || lpad(n::text, 2, '0'), 40), pg_temp.risk('q' || lpad(n::text, 2, '0'), 0.4 + n / 100.0)
  from generate_series(1, 12) n order by n \g /dev/null
insert into ops.setting (school_id, key, value, set_at) values (:north, 'capacity_per_week', '5', core.now()), (:north, 'queue_marginal', '3', core.now());
update core.case_file set state = 'new', resolution = null where state = 'regressed';
select is(pg_temp.queue(), 'q01 q02 q03 q04 q05 q06- q07- q08-', 'five this week, and three below the line');
select is(q -> 'capacity', '{"per_week": 5, "acted": 0, "left": 5}', 'the capacity'), is(q -> 'total', '12', 'of all')
  from (select (api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb as q) x;
select pg_temp.act('dean', 'q03', 'acknowledge'), pg_temp.act('dean', 'q09', 'acknowledge'), pg_temp.act('dean', 'q09', 'note', '{"text": "x"}') \g /dev/null
select is(pg_temp.queue(), 'q01 q02 q04 q05- q06- q07-', 'what was acted on is used, each case once');
update core.case_file set last_safe_on = pg_temp.today() + 3 where student_id in (select student_id from device where tag in ('q08', 'q10', 'q11', 'q12'));
update ops.setting set value = '2' where key = 'capacity_per_week';
update ops.setting set value = '0' where key = 'queue_marginal';
select is(pg_temp.queue(), 'q08- q10- q11- q12-', 'with nothing left a hard deadline is still shown');
select pg_temp.at('2026-12-07 04:59Z') \g /dev/null
select is((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'capacity' -> 'acted', '2', 'Sunday night in New York'),
       is(pg_temp.at('2026-12-07 05:00Z'), '2026-12-07 05:00:00+00', ''),
       is((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'capacity' -> 'acted', '0', 'on Monday a week begins');

-- ties
savepoint ties;
update core.assessment set p = 0.5;
update core.case_file set last_safe_on = null, exam_on = null, acted_at = null, state = 'new';
update core.student set external_id = 'r' || (30 - right(external_id, 2)::int) where school_id = :north and external_id ~ '^q';
select is((select string_agg(s.external_id, ' ' order by o.rank) from core.queue_order(:north, core.now()) o
             join core.student s on s.school_id = :north and s.student_id = o.student_id),
          (select string_agg('r' || n, ' ' order by 'r' || n) from generate_series(18, 29) n),
          'who ties stands by the school''s own id, not in the order in which cases were opened');
rollback to ties;

-- filters choose, and change neither rank nor line
update ops.setting set value = '12' where key = 'capacity_per_week';
select is((select string_agg(i ->> 'rank', ' ' order by n) from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'),
  '{"class_year": "2028"}')).body::jsonb -> 'items')
            with ordinality x(i, n)),
          (select string_agg(n::text, ' ' order by n) from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'), '{"limit": "50"}')).body::jsonb -> 'items')
            with ordinality x(i, n) where i -> 'student' -> 'class_year' = '2028'), 'of one class');
select is(pg_temp.queue('dean', '{"mine": "true"}'), 'q03 q09', 'mine'),
       is(pg_temp.queue('dean', jsonb_build_object('owner', (select staff_id::text from person where tag = 'ida'))), null::text, 'somebody''s'),
       is(pg_temp.queue('dean', '{"severity": "urgent"}'), null::text, 'urgent ones'),
       is(pg_temp.refusal('select api.queue_show(:me, ''{"state": "purple"}'')', 'dean'), '422 invalid', 'no such state');
select is(pg_temp.queue('ida'), null::text, 'an adviser sees the own caseload'), is(pg_temp.queue('south'), null::text, 'another school its own');
select matches((api.queue_show(pg_temp.as_('dean'), '{"format": "csv"}')).body, '^rank,above_line,student.student_id,[^\n]*order.sentence,notice\r\n1,true,"q',
  'as a file'),
       is((select count(*) from regexp_matches((api.queue_show(pg_temp.as_('dean'), '{"format": "csv"}')).body, '\r\n', 'g')), 13::int8, 'all of it');
select is((api.queue_show(pg_temp.as_('dean'), '{}')).students,
          (select array_agg(s.student_id order by n) from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'),
            '{}')).body::jsonb -> 'items') with ordinality x(i, n)
             join core.student s on s.school_id = :north and s.external_id = i -> 'student' ->> 'student_id'), 'whose records are in it goes on the trail');

-- since yesterday
insert into core.estimate_night (school_id, night, student_id, parameters_id, results_used, p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd,
                                 state, pending_runs)
select :north, pg_temp.today() + n, pg_temp.student('q01'), 1, 3, p, p, p, 60, 3, 60, 3, 2, 0 from (values (-1, 0.61), (0, 0.62), (1, 0.63)) v(n, p);
insert into ops.night (school_id, night, as_of, source, students)
select :north, pg_temp.today() + n, (pg_temp.today() + n)::timestamp at time zone 'America/New_York' + interval '3 h', 'run', 1 from generate_series(-1, 1) n;
select pg_temp.at(core.now() + interval '1 day') \g /dev/null
select pg_temp.assess('q01', 0.30, 1, pg_temp.flag('q01', 'low_probability', 3), pg_temp.flag('q01', 'decline', 3)) \g /dev/null
select is(i -> 'changed', '{"since": "2026-12-07", "kind": "worse", "p": 0.62, "state": "borderline", "exam_day": null, "opened": ["decline"], "closed": []}',
  'what changed since yesterday''s night')
  from jsonb_array_elements((api.queue_show(pg_temp.as_('dean'), '{}')).body::jsonb -> 'items') i where i -> 'student' ->> 'student_id' = 'q01';
create function pg_temp.kind(p_opened interval, p_was int4, p_p_was float8, p_now int4, p_p_now float8, p_open jsonb default '[]', p_closed jsonb default '[]') returns text language sql as $$
  select core.since_yesterday(jsonb_populate_record(c, jsonb_build_object('opened_at', core.now() - p_opened)), core.now() - interval '1 day',
                              jsonb_populate_record(null::core.estimate_night, jsonb_build_object('state', p_was, 'p', p_p_was)),
                              jsonb_populate_record(null::core.assessment, jsonb_build_object('state', p_now, 'p', p_p_now)), p_open, p_closed, 10)
    from core.case_file c where c.student_id = pg_temp.student('q01')
$$;
select is(got, want, why) from (values
  (pg_temp.kind('1 h', 2, 0.9, 1, 0.5), 'new', 'opened since'), (pg_temp.kind('9 d', 2, 0.9, 1, 0.84), 'worse', 'a worse state'),
  (pg_temp.kind('9 d', 1, 0.5, 2, 0.9), 'better', 'a better one'), (pg_temp.kind('9 d', 1, 0.5, 1, 0.44), 'worse', 'six points'),
  (pg_temp.kind('9 d', 1, 0.5, 1, 0.47), 'same', 'three'), (pg_temp.kind('9 d', 1, 0.5, 1, 0.47, '["decline"]'), 'worse', 'a further reason'),
  (pg_temp.kind('9 d', 1, 0.5, 1, 0.5, '[]', '["decline"]'), 'better', 'one less'), (pg_temp.kind('9 d', null, null, 1, 0.5), 'same', 'nothing was said then'),
  (pg_temp.kind('9 d', 1, 0.5, null, null, '["never_synced"]'), 'worse', 'nor now'), (pg_temp.kind('9 d', 4, 0.9, 3, 0.95), 'better', 'something can be said')) v(got, want, why);
select * from finish();
rollback;
