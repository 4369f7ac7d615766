-- The nightly run and its brief: what a night is held against, which list a student stands in and in which words, and that it says
-- for ever what it said.
begin;
\ir fixture.sql
select * from no_plan();

-- A school's nights at 03:00 in New York, one after the other; day(-1) is the night before the last.
create function pg_temp.night(n int) returns date language sql as $$ select date '2026-11-20' + n $$;
create function pg_temp.as_of(n int) returns timestamptz language sql as $$ select (pg_temp.night(n) + time '03:00') at time zone 'America/New_York' $$;
create function pg_temp.plan(tag text, n int, day date, attempt int = 1) returns void language sql as $$
  select from device d, api.change_plan(d.school_id, d.student_id, d.device_id, d.serial, pg_temp.id(n), 1::int2, attempt::int2,
         day, null, null, null, 0::int2, pg_temp.as_of(-60)) c where d.tag = $1
$$;
create function pg_temp.assess(tag text, night int, p float8, state int, variadic flags api.flag_row[] = '{}') returns bool language sql as $$
  select recorded from api.record_assessments(array[pg_temp.estimate($1, (pg_temp.state_of($1)).version, p, state, pg_temp.as_of($2))], flags)
$$;
-- Ends what is recorded as a night, and gives its run.
create function pg_temp.keep(night int) returns int8 language sql as $$
  select api.estimates_keep('north', pg_temp.night($1), pg_temp.as_of($1));
  select api.night_keep('north', pg_temp.night($1), pg_temp.as_of($1), 'run');
  select run_id from api.run_begin('north', pg_temp.night($1), pg_temp.as_of($1), (select parameters_id from core.school where code = 'north'), 'host');
$$;
-- "1001 1003" of a list of a brief, and what a line of it says.
create function pg_temp.who(brief jsonb, code text) returns text language sql as $$
  select string_agg(l ->> 'student_id', ' ' order by n)
    from jsonb_path_query(brief, '$.lists[*] ? (@.code == $code).lines[*]', jsonb_build_object('code', code)) with ordinality x(l, n)
$$;
create function pg_temp.line(brief jsonb, code text, student text) returns jsonb language sql as $$
  select jsonb_path_query_first(brief, '$.lists[*] ? (@.code == $code).lines[*] ? (@.student_id == $student)',
                                jsonb_build_object('code', code, 'student', student))
$$;
select pg_temp.enrol('cem', 'north', '1003', 4) \g /dev/null
select pg_temp.plan('ada', 101, pg_temp.night(20)), pg_temp.plan('ben', 102, pg_temp.night(120)), pg_temp.plan('cem', 103, pg_temp.night(30)) \g /dev/null

-- a run
select run_id as run, verdict from api.run_begin('north', pg_temp.night(-1), pg_temp.as_of(-1), :set_north, 'host') \gset
select is(:'verdict'::text, 'new'::text, 'a night begins');
select is(verdict, 'resumed', 'a second try goes on with it'), is(run_id, :run::int8, 'under the same number')
  from api.run_begin('north', pg_temp.night(-1), pg_temp.as_of(-1), :set_north, 'host');
select is((select verdict from api.run_begin('south', pg_temp.night(-1), pg_temp.as_of(-1), null, 'host')), 'new', 'each school has its own night');
select ok(pg_temp.assess('ada', -1, 0.50, 1, pg_temp.flag('ada', 'low', 4, 'P is low.')) and pg_temp.assess('ben', -1, 0.97, 3)
      and pg_temp.assess('cem', -1, 0.60, 2), 'three estimates');
select pg_temp.keep(-1) \g /dev/null
select is(b - '{feeds,lists,exams_by_week,trend}'::text[],
          '{"school": "Northern School", "school_code": "north", "zone": "America/New_York", "night": "2026-11-19",
            "as_of": "2026-11-19T08:00:00+00:00", "parameters": "default-1", "previous_night": null, "before": null, "students": 3,
            "assessed": 3, "waiting": 1, "capacity": 12, "counts": {"at_risk": 1, "borderline": 1, "on_track": 1, "cannot_say": 0},
            "imports": [], "did_not_run": [],
            "evaluated": {"students": 3, "assessed": 3, "not_assessed": 0, "results": 12, "flags": 1}}', 'the first brief'),
       is(b -> 'trend', '[{"night": "2026-11-19", "at_risk": 1, "borderline": 1, "on_track": 1, "cannot_say": 0}]', 'its trend is itself'),
       is((select string_agg(l ->> 'code', ' ' order by n) from jsonb_array_elements(b -> 'lists') with ordinality x(l, n)),
          (select string_agg(code, ' ' order by place) from core.brief_lists()), 'every list is in it, in order'),
       is(pg_temp.who(b, 'new'), '1001', 'to the first brief whoever needs somebody is new'),
       is(pg_temp.who(b, 'queue'), '1001', 'who is first in the queue'),
       ok(not b::text ~ 'Ada|Alt|example', 'and no name')
  from api.brief('north', :run) b;
select is(api.brief('south', :run), null, 'another school''s run is none');
select ok(api.run_finish(:run, '{"files": [], "brief": {"said": "then"}}'), 'finished'),
       ok(not api.run_finish(:run, '{"files": [1]}'), 'once');
select is(verdict, 'done', 'a night is evaluated once') from api.run_begin('north', pg_temp.night(-1), pg_temp.as_of(-1), :set_north, 'host');
select is(api.brief('north', :run), '{"said": "then"}', 'and says for ever what it said then');

-- the next night
select ok(pg_temp.assess('ada', 0, 0.95, 3, pg_temp.flag('ada', 'recovered', 1)) and pg_temp.assess('ben', 0, 0.70, 2)
      and pg_temp.assess('cem', 0, 0.40, 1, pg_temp.flag('cem', 'low', 3, 'P(pass) is 40 %.'), pg_temp.flag('cem', 'decline', 3, 'Fell.')), 'the next night');
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

-- contacts
update core.progress set last_sync_at = pg_temp.as_of(-20) where student_id = pg_temp.student('ben');
update core.progress set last_sync_at = null, enrolled_at = pg_temp.as_of(-9) where student_id = pg_temp.student('cem');
select is(pg_temp.line(b, 'silent', '1002') ->> 'text', 'Last contact on 2026-10-31, 20 days before.', 'silent'),
       is(pg_temp.line(b, 'never_synced', '1003') ->> 'text', 'Enrolled on 2026-11-11, 9 days before, and never in contact.', 'never synced')
  from api.brief('north', :next) b;
select * from finish();
rollback;
