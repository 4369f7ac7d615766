-- The nightly run and its brief: what a night is held against, which list a student stands in and in which words, and that it says
-- for ever what it said.
begin;
\ir fixture.sql
select * from no_plan();

-- A school's nights at 03:00 in New York, one after the other; day(-1) is the night before the last.
create function pg_temp.night(n int) returns date language sql as $$ select date '2026-11-20' + n $$;
create function pg_temp.as_of(n int) returns timestamptz language sql as $$
  select (pg_temp.night(n) + time '03:00') at time zone 'America/New_York' $$;
create function pg_temp.plan(tag text, n int, day date, attempt int = 1) returns void language sql as $$
  select from device d, api.change_plan(d.school_id, d.student_id, d.device_id, d.serial, pg_temp.id(n), 1::int2, attempt::int2,
         day, null, null, null, 0::int2, pg_temp.as_of(-60)) c where d.tag = $1
$$;
create function pg_temp.assess(tag text, night int, p float8, state int,
  variadic flags api.flag_row[] = '{}') returns bool language sql as $$
  select recorded from api.record_assessments(array[pg_temp.estimate($1, (pg_temp.state_of($1)).version,
    p, state, pg_temp.as_of($2))], flags)
$$;
-- Ends what is recorded as a night, and gives its run.
create function pg_temp.keep(night int) returns int8 language sql as $$
  select api.estimates_keep('north', pg_temp.night($1), pg_temp.as_of($1));
  select api.night_keep('north', pg_temp.night($1), pg_temp.as_of($1), 'run');
  select run_id from api.run_begin('north', pg_temp.night($1), pg_temp.as_of($1), (select parameters_id from core.school
    where code = 'north'), 'host');
$$;
-- "1001 1003" of a list of a brief, and what a line of it says.
create function pg_temp.who(brief jsonb, code text) returns text language sql as $$
  select string_agg(l ->> 'student_id', ' ' order by n)
    from jsonb_path_query(brief, '$.lists[*] ? (@.code == $code).lines[*]', jsonb_build_object('code', code)) with ordinality x(l,
      n)
$$;
create function pg_temp.line(brief jsonb, code text, student text) returns jsonb language sql as $$
  select jsonb_path_query_first(brief, '$.lists[*] ? (@.code == $code).lines[*] ? (@.student_id == $student)',
                                jsonb_build_object('code', code, 'student', student))
$$;
insert into core.staff (school_id, email, name, roles, status) values (:north, 'dean@north.example', 'Dean',
  '{dean}', 'active') returning staff_id as dean \gset
select pg_temp.enrol('cem', 'north', '1003', 4) \g /dev/null
select pg_temp.plan('ada', 101, pg_temp.night(20)), pg_temp.plan('ben', 102, pg_temp.night(120)),
  pg_temp.plan('cem', 103, pg_temp.night(30)) \g /dev/null

-- a run
select run_id as run, verdict from api.run_begin('north', pg_temp.night(-1), pg_temp.as_of(-1), :set_north, 'host') \gset
select is(:'verdict'::text, 'new'::text, 'a night begins');
select is(verdict, 'resumed', 'a second try goes on with it'), is(run_id, :run::int8, 'under the same number')
  from api.run_begin('north', pg_temp.night(-1), pg_temp.as_of(-1), :set_north, 'host');
select is((select verdict from api.run_begin('south', pg_temp.night(-1), pg_temp.as_of(-1),
  null, 'host')), 'new', 'each school has its own night');
select ok(pg_temp.assess('ada', -1, 0.50, 1, pg_temp.flag('ada', 'low', 4, 'P is low.')) and pg_temp.assess('ben', -1, 0.97, 3)
      and pg_temp.assess('cem', -1, 0.60, 2), 'three estimates');
select pg_temp.keep(-1) \g /dev/null
select is(b - '{feeds,lists,exams_by_week,trend}'::text[],
          '{"school": "Northern School", "school_code": "north", "zone": "America/New_York", "night": "2026-11-19",
            "as_of": "2026-11-19T08:00:00+00:00", "parameters": "default-1", "previous_night": null, "before": null, "students": 3,
            "assessed": 3, "waiting": 1, "capacity": 12, "counts": {"at_risk": 1, "borderline": 1, "on_track": 1, "cannot_say": 0},
            "imports": [], "did_not_run": [],
            "evaluated": {"students": 3, "assessed": 3, "not_assessed": 0, "results": 12, "flags": 1}}', 'the first brief'),
       is(b -> 'trend', '[{"night": "2026-11-19", "at_risk": 1, "borderline": 1, "on_track": 1, "cannot_say": 0}]',
         'its trend is itself'),
       is((select string_agg(l ->> 'code', ' ' order by n) from jsonb_array_elements(b -> 'lists') with ordinality x(l, n)),
          (select string_agg(code, ' ' order by place) from core.brief_lists()), 'every list is in it, in order'),
       is(pg_temp.who(b, 'new'), '1001', 'to the first brief whoever needs somebody is new'),
       is(pg_temp.who(b, 'queue'), '1001', 'who is first in the queue'),
       ok(not b::text ~ 'Ada|Alt|example', 'and no name')
  from api.brief('north', :run) b;
select is(api.brief('south', :run), null, 'another school''s run is none');
select ok(api.run_finish(:run, '{"files": [], "brief": {"said": "then"}}'), 'finished'),
       ok(not api.run_finish(:run, '{"files": [1]}'), 'once');
select is(verdict, 'done', 'a night is evaluated once') from api.run_begin('north', pg_temp.night(-1), pg_temp.as_of(-1),
  :set_north, 'host');
select is(api.brief('north', :run), '{"said": "then"}', 'and says for ever what it said then');

-- the next night
select ok(pg_temp.assess('ada', 0, 0.95, 3, pg_temp.flag('ada', 'recovered', 1)) and pg_temp.assess('ben', 0, 0.70, 2)
      and pg_temp.assess('cem', 0, 0.40, 1, pg_temp.flag('cem', 'low', 3, 'P(pass) is 40 %.'), pg_temp.flag('cem', 'decline',
        3, 'Fell.')), 'the next night');
select pg_temp.keep(0) as next \gset
select is(b ->> 'previous_night', '2026-11-19', 'knows the one before'),
       is(b -> 'before', '{"at_risk": 1, "borderline": 1, "on_track": 1, "cannot_say": 0}', 'and what it counted'),
       is(pg_temp.who(b, 'recovered'), '1001', 'who recovered'),
       is(pg_temp.line(b, 'recovered', '1001') ->> 'text',
          'From at risk to on track: P(pass) rose from 50 % to 95 % (80 % interval 85 % to 100 %) since 2026-11-19.', 'and how'),
       is(pg_temp.who(b, 'worsened'), '1002', 'a graver state'),
       is(pg_temp.line(b, 'worsened', '1002') ->> 'text',
          'From on track to borderline: P(pass) fell from 97 % to 70 % (80 % interval 60 % to 80 %) since 2026-11-19.', 'in words'),
       is(pg_temp.who(b, 'new'), '1003', 'needs somebody since'),
       is(pg_temp.line(b, 'new', '1003') ->> 'text', 'Fell; also new: low.', 'says the gravest, and names the others')
  from api.brief('north', :next) b;
select ok(pg_temp.assess('ada', 0, 0.95, 3), 'the flag closes with the next estimate');
select is(pg_temp.who(api.brief('north', :next), 'recovered'), '1001', 'and the night says so all the same');

-- contacts, and what keeps them quiet
update core.progress set last_sync_at = pg_temp.as_of(-1) where student_id = pg_temp.student('ada');
update core.progress set last_sync_at = pg_temp.as_of(-20) where student_id = pg_temp.student('ben');
update core.progress set last_sync_at = null, enrolled_at = pg_temp.as_of(-9) where student_id = pg_temp.student('cem');
select is(pg_temp.line(b, 'silent', '1002') ->> 'text', 'Last contact on 2026-10-31, 20 days before.', 'silent'),
       is(pg_temp.line(b, 'never_synced', '1003') ->> 'text', 'Enrolled on 2026-11-11, 9 days before, and never in contact.',
         'never synced'),
       is(pg_temp.line(b, 'never_synced', '1003') - 'text' ?& '{state,p,exam_day,days_to_exam}',
         true, 'with the estimate of the night')
  from api.brief('north', :next) b;
savepoint quiet;
insert into core.life_event (school_id, student_id, kind, category, starts_on, noted_by, noted_at)
values (:north, pg_temp.student('ben'), 'leave', 'family', pg_temp.night(-30), :dean, pg_temp.as_of(-30)),
       (:north, pg_temp.student('cem'), 'leave', 'family', pg_temp.night(-30), :dean, pg_temp.as_of(-30));
select is(pg_temp.who(b, 'silent'), null, 'on leave: not silent'), is(pg_temp.who(b, 'never_synced'), null, 'nor never in contact'),
       is(pg_temp.line(b, 'new', '1003') ->> 'text', 'P(pass) is 40 %.', 'and what is muted is not among the reasons')
  from api.brief('north', :next) b;
rollback to quiet;
insert into ops.alert (school_id, kind, since, text) values (:north, 'feed_stale', pg_temp.as_of(0), 'Nobody was in contact.');
select is(pg_temp.who(b, 'silent'), null, 'nothing arrives from anybody: nobody is called silent'),
       is(b -> 'feeds' -> -1,
         '{"ok": false, "text": "Nobody was in contact. Rules about silence are muted until something arrives."}',
          'and the brief says that')
  from api.brief('north', :next) b;
update ops.alert set until = pg_temp.as_of(0) - interval '1 h', since = pg_temp.as_of(-1);
select is(b -> 'feeds' -> -1, '{"ok": true, "text": "Nobody was in contact. It ended on 2026-11-20 02:00."}',
  'an alert that ended'),
       is(pg_temp.who(b, 'silent'), '1002', 'mutes nobody')
  from api.brief('north', :next) b;
rollback to quiet;
update core.progress set last_sync_at = pg_temp.as_of(0) + interval '5 h' where student_id = pg_temp.student('ben');
select is(pg_temp.who(api.brief('north', :next), 'silent'), null, 'in contact after the night, and no flag says otherwise');
insert into core.flag (school_id, student_id, code, opened_at, closed_at, changed_at, version, severity, text, detail)
values (:north, pg_temp.student('ben'), 'gone_silent', pg_temp.as_of(-3), pg_temp.as_of(1), pg_temp.as_of(1),
  1, 2, 'No contact for 17 days.', '{}');
select is(pg_temp.line(api.brief('north', :next), 'silent', '1002') ->> 'text', 'No contact for 17 days.',
  'the flag knows who was silent in the night');
rollback to quiet;
update core.progress set version = version + 1, changed_at = pg_temp.as_of(0) - interval '1 h'
  where student_id = pg_temp.student('ben');
select is(pg_temp.line(api.brief('north', :next), 'not_yet', '1002') ->> 'text',
  'What changed on 2026-11-20 02:00 is not in the estimate yet.',
          'what no estimate takes in');
rollback to quiet;

-- exams: the gravest first
select is(pg_temp.who(b, 'exams'), '1003 1002 1001', 'at risk, borderline, on track'),
       is(pg_temp.line(b, 'exams',
         '1003') ->> 'text', 'The exam is in 11 days (2026-12-01); P(pass) is 40 % (80 % interval 30 % to 50 %).', 'in words'),
       is(b -> 'exams_by_week' -> 1,
         '{"from": "2026-11-27", "to": "2026-12-03", "at_risk": 1, "borderline": 1, "on_track": 1, "cannot_say": 0}', 'by week'),
       is(jsonb_array_length(b -> 'exams_by_week'), 5, 'for 30 days')
  from api.brief('north', :next) b;
select is(core.percent(0.996), 'over 99 %', 'nearly certain'), is(core.percent(1), '100 %', 'certain'), is(core.percent(0.004),
  'under 1 %', 'hardly'),
       is(core.percent(0), '0 %', 'never'), is(core.percent(0.345), '35 %', 'rounded'),
       is(core.days_words(0) || ', ' || core.days_words(1) || ', ' || core.days_words(-1) || ', ' || core.days_words(-9),
         'today, tomorrow, the day before, 9 days before',
          'days in words');

-- cases: what is over, what nobody followed up, what fell again
create function pg_temp.case_set(tag text, what text) returns void language plpgsql as $$
begin
  execute format('update core.case_file set %s where student_id = $1', what) using pg_temp.student(tag);
end
$$;
create function pg_temp.step(tag text, verb text, from_state text, to_state text, at timestamptz) returns void language sql as $$
  insert into core.case_event (school_id, case_id, student_id, at, verb, from_state, to_state, revision)
  select school_id, case_id, student_id, $5, $2, $3, $4, revision + 1 from core.case_file where student_id = pg_temp.student($1);
$$;
select is((select string_agg(s.external_id || ' ' || c.state, ', ' order by 1) from core.cases_at(:north, pg_temp.as_of(0)) c
  join core.student s using (student_id)),
          '1001 new, 1003 new', 'a case is there from the estimate that gave its first reason'),
       is((select string_agg(s.external_id, ', ' order by 1) from core.cases_at(:north, pg_temp.as_of(-1)) c
         join core.student s using (student_id)), '1001',
          'and not before');
savepoint cases;
select pg_temp.case_set('cem', format('due_on = %L', pg_temp.night(-1))) \g /dev/null
select is(pg_temp.line(b, 'overdue', '1003') ->> 'text', 'The case was due on 2026-11-19, the day before; nobody has acted.',
  'overdue') from api.brief('north', :next) b;
select pg_temp.case_set('cem', format('snooze_until = %L', pg_temp.night(4))) \g /dev/null
select is(pg_temp.who(api.brief('north', :next), 'overdue'), null, 'asleep, it is not');
select pg_temp.case_set('cem', 'exam_taken = true, snooze_until = null') \g /dev/null
select is(pg_temp.who(api.brief('north', :next), 'overdue'), null, 'once the exam is sat nothing is');
select pg_temp.case_set('cem', 'exam_taken = false') \g /dev/null
insert into core.case_task (school_id, case_id, student_id, title, owner_id, due_on, created_by, created_at)
select school_id, case_id, student_id, 'Secret', :dean, pg_temp.night(-2), :dean, pg_temp.as_of(-5) from core.case_file
  where student_id = pg_temp.student('cem')
union all select school_id, case_id, student_id, 'Secret', :dean, pg_temp.night(-1), :dean, pg_temp.as_of(-5)
  from core.case_file where student_id = pg_temp.student('cem');
select pg_temp.case_set('cem', format('due_on = null, follow_up_on = %L, acted_at = %L', pg_temp.night(-1), pg_temp.as_of(-4)))
  \g /dev/null
select is(pg_temp.line(b, 'overdue', '1003') ->> 'text',
          'The follow-up was due on 2026-11-19, the day before; 2 tasks are overdue, the oldest since 2026-11-18; '
          'last acted on 2026-11-16.',
          'a follow-up and tasks'),
       ok(b::text !~ 'Secret', 'without their titles') from api.brief('north', :next) b;
rollback to cases;
select pg_temp.case_set('cem', format('acted_at = %L, due_on = null', pg_temp.as_of(-5))) \g /dev/null
select is(pg_temp.line(b, 'no_follow_up', '1003') ->> 'text',
  'Acted on 2026-11-15, 5 days before; no day for a follow-up is set and no task is open.',
          'nothing follows') from api.brief('north', :next) b;
insert into core.case_plan_item (school_id, case_id, student_id, kind, starts_on, ends_on, state,
  created_by, created_at, changed_at)
select school_id, case_id, student_id, 'study_plan', pg_temp.night(-20), pg_temp.night(-2), 'agreed', :dean, pg_temp.as_of(-20),
  pg_temp.as_of(-20)
  from core.case_file where student_id = pg_temp.student('cem');
select is(pg_temp.line(b, 'no_follow_up', '1003') ->> 'text',
  'Study plan ended on 2026-11-18, 2 days before; what came of it is not noted.', 'a plan that ended')
  from api.brief('north', :next) b;
select pg_temp.case_set('cem', format('follow_up_on = %L', pg_temp.night(3))) \g /dev/null
select is(pg_temp.who(api.brief('north', :next), 'no_follow_up'), null, 'a day is set');
select pg_temp.case_set('cem', format('follow_up_on = null, snooze_until = %L', pg_temp.night(3))) \g /dev/null
select is(pg_temp.who(api.brief('north', :next), 'no_follow_up'), null, 'asleep: it comes back by itself');
rollback to cases;
select pg_temp.case_set('cem', format('acted_at = %L, due_on = null', pg_temp.as_of(-1))) \g /dev/null
select is(pg_temp.who(api.brief('north', :next), 'no_follow_up'), null, 'somebody acted a day ago: give it time');
rollback to cases;
select pg_temp.step('cem', 'resolve', 'new', 'resolved', pg_temp.as_of(-8)), pg_temp.step('cem', 'fall', 'resolved', 'regressed',
  pg_temp.as_of(0) - interval '4 h') \g /dev/null
select is(pg_temp.who(b, 'regressed'), '1003', 'fell again'), is(pg_temp.who(b, 'new'), null, 'which is not new'),
       is(pg_temp.line(b, 'regressed', '1003') ->> 'text', 'Resolved on 2026-11-12, and fell again: Fell; also new: low.',
         'since when it was thought resolved')
  from api.brief('north', :next) b;
update ops.run set started_at = pg_temp.as_of(0) - interval '5 h', finished_at = pg_temp.as_of(0) - interval '3 h'
  where school_id = :north and night = pg_temp.night(-1);
select is(pg_temp.who(api.brief('north', :next), 'regressed'), null, 'what the run of the night before did was told by it');
rollback to cases;

-- what came in, what did not run
update ops.import set imported_at = pg_temp.as_of(-1) - interval '1 h', applied_at = pg_temp.as_of(0) - interval '1 h'
  where school_id = :north;
insert into ops.import (school_id, kind, source, rows, imported_at, result, state, refused)
values (:north, 'plans', 'exams.csv', 3, pg_temp.as_of(0) - interval '2 h', '{"new": 2}', 'previewed', 1);
insert into ops.job (school_id, kind, args, state, why, asked_at, finished_at)
values (:north, 'replay', '{}', 'failed', 'No such set.', pg_temp.as_of(-1), pg_temp.as_of(0) - interval '1 h'),
       (:north, 'replay', '{}', 'failed', 'Long ago.', pg_temp.as_of(-9), pg_temp.as_of(-8));
select is(b #>> '{imports,0,text}',
          'Roster "students.csv" was applied on 2026-11-20 02:00: 3 rows, 3 new, 0 changed, 0 leaving, 0 refused.',
          'a file that was applied'),
       is(b #>> '{imports,1,text}',
          'Exam plans "exams.csv" waits to be applied since 2026-11-20 01:00: 3 rows, 2 new, 0 changed, 0 leaving, 1 refused.',
          'and one that was not'),
       is(jsonb_array_length(b -> 'imports'), 2, 'no more'),
       is(b -> 'did_not_run', '[{"text": "The replay asked for on 2026-11-19 failed: No such set."}]',
         'a computation that failed since')
  from api.brief('north', :next) b;
rollback to cases;
select api.roster_import('north', 'x', '[{"student_id": "1004"}, {"student_id": "1005"}]') \g /dev/null
delete from ops.night where night = pg_temp.night(-1);
select is(b -> 'did_not_run',
  '[{"student_id": "1004", "text": "There is no estimate as of this night."},
    {"student_id": "1005", "text": "There is no estimate as of this night."}]',
          'students without an estimate'), is((b #>> '{evaluated,not_assessed}')::int, 2, 'are counted')
            from api.brief('north', :next) b;
rollback to cases;
select pg_temp.assess('ada', 3, 0.95, 3), pg_temp.assess('ben', 3, 0.70, 2), pg_temp.assess('cem', 3, 0.40, 1) \g /dev/null
select pg_temp.keep(3) as later \gset
select is(api.brief('north', :later) -> 'did_not_run',
  '[{"text": "The nights from 2026-11-21 to 2026-11-22 were not evaluated."}]', 'nights that were missed'),
       is(jsonb_array_length(api.brief('north', :later) -> 'trend'), 3, 'the trend is of kept nights');
rollback to cases;

-- long lists are cut, their numbers whole
insert into ops.setting (school_id, key, value, set_by, set_at) values (:north, 'brief_lines_most', '1', :dean, now());
select is(jsonb_path_query_array(b, '$.lists[*] ? (@.code == "exams")."n"'), '[3]', 'three'), is(pg_temp.who(b,
  'exams'), '1003', 'the gravest is shown')
  from api.brief('north', :next) b;
rollback to cases;

-- clearance: what is due, what fell
insert into core.policy (school_id, version, state, rule, reason, created_by, created_at, changed_by, changed_at, activated_by,
  activated_at)
select :north, 1, 'active', p.rule, 'Ours', :dean, pg_temp.as_of(-9), :dean, pg_temp.as_of(-9), :dean, pg_temp.as_of(-9)
  from core.policy_examples() p where p.name = 'shared-form'; -- 14 days before the exam
select is(pg_temp.who(b, 'clearance_due'), '1001', 'a day within two weeks'),
       is(pg_temp.line(b, 'clearance_due',
         '1001') ->> 'text', 'The policy wants it met by 2026-11-26, in 6 days; nobody has decided.', 'in words')
         from api.brief('north', :next) b;
insert into core.case_reason (school_id, case_id, student_id, source, code, severity, text, opened_at, changed_at)
select school_id, case_id, student_id, 'clearance', 'clearance_worse', 3, 'Cleared on 2026-11-01; what that rested on fell since.',
  pg_temp.as_of(0), pg_temp.as_of(0)
  from core.case_file where student_id = pg_temp.student('cem');
select is(pg_temp.who(api.brief('north', :next), 'clearance_due'), '1003 1001', 'first what fell');
rollback to cases;

-- who was told, what is due
select ok(api.run_finish(:next, '{"brief": {"night": "2026-11-20"}}'), 'the run ends');
select is((select told from ops.run where run_id = :next), '{"brief": 0, "digest": 0, "webhook": 0}', 'and says who was told');
select is((select string_agg(n.night::text, ' ' order by n.night) from api.nights_due('north', pg_temp.night(3), 31) n),
  '2026-11-21 2026-11-22 2026-11-23', 'missed since'),
       is((select string_agg(concat_ws(' ', n.night, n.passed_from, n.passed_to), ', ' order by n.night)
         from api.nights_due('north', pg_temp.night(9), 2) n),
          '2026-11-28 2026-11-21 2026-11-27, 2026-11-29 2026-11-21 2026-11-27', 'the newest, and what is passed over'),
       is((select string_agg(n.night::text, ' ') from api.nights_due('north', pg_temp.night(0), 31) n),
         '2026-11-20', 'nothing: the last, which is done'),
       is((select string_agg(n.night::text, ' ' order by n.night) from api.nights_due('south', pg_temp.night(0), 31) n),
         '2026-11-19 2026-11-20', 'one that was begun');
select is((select begun || ' ' || (parameters_id is null) from ops.run where school_id = :south), '1 true', 'begun once'),
       is((select verdict from api.run_begin('south', pg_temp.night(-1), pg_temp.as_of(-1), null, 'other')), 'resumed',
         'gone on with');
select is((select begun || ' ' || host from ops.run where school_id = :south), '2 host', 'begun twice');
select * from finish();
rollback;
