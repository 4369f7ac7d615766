-- Everybody evaluated: pages of the roster, facts and results apart, results packed; and what a night keeps as it is recorded.
begin;
\ir fixture.sql
select * from no_plan();
create function pg_temp.numbers(code text) returns int8[] language sql as $$
  select array_agg(n order by n) from api.student_numbers(code, 0, 1000) n
$$;
create function pg_temp.evaluation(tag text, p float8, as_of timestamptz, state int = 3) returns api.evaluation_row
  language sql as $$
  select row(d.school_id, d.student_id, (pg_temp.state_of(tag)).version, 1, as_of, state, 0, 61, 3, 63, 4, p, p, p, 0.93, 0.5, 4,
             '2026-12-01', null, '[' || repeat(' ', 9000) || ']', 40, '{1}', '{40}', '{30}', '{-250}', '{1}')::api.evaluation_row
    from device d where d.tag = $1
$$;
create function pg_temp.record(p_night date, variadic e api.evaluation_row[]) returns text language sql as $$
  select string_agg(case when recorded then '+' else '-' end, '') from api.record_evaluations(e, '{}', p_night)
$$;
create function pg_temp.kept(p_night date) returns text language sql as $$
  select coalesce(string_agg(s.external_id || ' ' || e.p, ', ' order by s.external_id), 'none')
    from core.estimate_night e join core.student s on s.school_id = e.school_id and s.student_id = e.student_id
   where e.night = p_night
$$;

-- ---- who

select is(cardinality(pg_temp.numbers('north')), 3, 'everybody of the school is counted out');
select is((select array_agg(n) from api.student_numbers('north', (pg_temp.numbers('north'))[1], 1) n),
          (pg_temp.numbers('north'))[2:2], 'page by page, in order');
select is((select count(*) from api.student_numbers('north', (pg_temp.numbers('north'))[3], 9)), 0::bigint, 'to the end');
update core.student set status = 'inactive' where external_id = '1003';
select is(cardinality(pg_temp.numbers('north')), 2, 'who has left is left out');

-- ---- facts

select pg_temp.send('ada', pg_temp.result(1), pg_temp.result(2)), pg_temp.send('ben', pg_temp.result(3)) \g /dev/null
select results_eq(
  $$ select f::text from api.student_facts('north', pg_temp.numbers('north')) f $$,
  $$ select jsonb_populate_record(s, '{"results": null}')::text from api.student_states('north', 0, 9) s $$,
  'the facts are those of api.student_states, without results');
select is((select count(*) from api.student_facts('north', pg_temp.numbers('south') || 0::int8)), 0::bigint,
          'nobody of another school, nobody who is not there');

-- ---- results

create function pg_temp.packed(n int, score int, items int, correct int, seconds int, omitted int, marks int, revision int,
                               subs bytea)
  returns bytea language sql as $$
  select uuid_send(pg_temp.id(n))
         || int8send((extract(epoch from '2026-10-01 10:00Z' - '2000-01-01 00:00Z'::timestamptz) * 1000000)::int8)
         || int8send((items * 2::numeric ^ 48 + correct * 2::numeric ^ 32 + score)::int8)
         || int8send((seconds * 2::numeric ^ 32 + omitted * 2::numeric ^ 16 + marks)::int8)
         || case when revision = 0 then '' else int4send(revision) end || subs
$$;
select is((select packed from api.student_evidence('north', array[pg_temp.student('ben')])),
          pg_temp.packed(3, 6200, 200, 124, -1, -1, (1 << 8) | (1 << 4) | (1 << 2), 0, '\x0100140010'), 'a result is packed');
select is((select instruments || ' ' || forms from api.student_evidence('north', array[pg_temp.student('ben')])), 'cbssa 31', 'its names beside it');
select is(pg_temp.send('ben', pg_temp.result(3, revision => 300, score => -50, retracted => true)), '01', 'taken back');
insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, seconds, scale,
                         mode, items, correct, omitted, retracted, repeat, instrument, form)
select school_id, student_id, 0, pg_temp.id(4), now(), '2026-10-01 10:00Z', 0, -2147483648, 2147483647, 6, 3, 32767, 0, 0, false,
       true, 'x', ''
  from device where tag = 'ben';
select is((select packed from api.student_evidence('north', array[pg_temp.student('ben')])),
          pg_temp.packed(3, 6200, 200, 124, -1, -1, (1 << 8) | (1 << 4) | (1 << 2), 0, '\x0100140010')
          || pg_temp.packed(3, -50, 200, 124, -1, -1, (1 << 8) | 128 | (1 << 4) | (1 << 2) | 1, 300, '\x0100140010')
          || pg_temp.packed(4, -2147483648, 32767, 0, 2147483647, 0, (6 << 4) | (3 << 2) | 2, 0, ''),
          'every revision is there, and numbers of every size');
select is((select instruments || '|' || forms from api.student_evidence('north', array[pg_temp.student('ben')])), e'cbssa\ncbssa\nx|31\n31\n',
          'and their names in the same order, where one has none too');
select results_eq($$ select student_id from api.student_evidence('north', pg_temp.numbers('north') || pg_temp.numbers('south')) $$,
                  $$ select student_id from device where tag in ('ada', 'ben') order by 1 $$,
                  'a row for each who has results, in order; nobody of another school');

-- ---- a night kept as it is recorded

select is(pg_temp.record('2026-10-01', pg_temp.evaluation('ada', 0.7, '2026-10-01 07:00Z'),
                         pg_temp.evaluation('ben', 0.8, '2026-10-01 07:00Z')), '++', 'recorded');
select is(pg_temp.kept('2026-10-01'), '1001 0.7, 1002 0.8', 'and kept');
select is((select array_agg(distinct pg_column_compression(reasons_text)) from core.assessment), '{lz4}',
          'sentences are compressed by lz4');
select is(pg_temp.record('2026-10-01', pg_temp.evaluation('ada', 0.6, '2026-10-01 07:00Z')), '+', 'again, by who goes on with it');
select is(pg_temp.kept('2026-10-01'), '1001 0.7, 1002 0.8', 'what is kept stays');
select is(pg_temp.record(null, pg_temp.evaluation('ada', 0.5, '2026-10-02 12:00Z')), '+',
          'somebody sends something before the next night');
select is(pg_temp.record('2026-10-02', pg_temp.evaluation('ada', 0.4, '2026-10-02 07:00Z'),
                         pg_temp.evaluation('ben', 0.9, '2026-10-02 07:00Z')), '-+', 'which comes too late for one');
select is(pg_temp.kept('2026-10-02'), '1002 0.9', 'and keeps what it recorded');
select is(api.estimates_keep('north', '2026-10-02', '2026-10-02 07:00Z'), 1::int8, 'one is missing');
select ok(api.night_keep('north', '2026-10-02', '2026-10-02 07:00Z', 'run'), 'a night is said to be whole');
select is(pg_temp.record('2026-10-02', pg_temp.evaluation('ada', 0.4, '2026-10-02 12:00Z')), '+', 'recorded after that');
select is(pg_temp.kept('2026-10-02'), '1002 0.9', 'it takes nothing more');
select is(pg_temp.record('2026-10-03', variadic '{}'), null, 'nobody');
select is(pg_temp.record('2026-10-03', pg_temp.evaluation('ben', 0.1, '2026-10-03 07:00Z'),
                         pg_temp.evaluation('ben', 0.2, '2026-10-03 08:00Z')), '++', 'a student twice');
select is(pg_temp.kept('2026-10-03'), '1002 0.2', 'is kept once: the later time counts');

-- ---- cases come with what is recorded, also where no flag says why

select is((select count(*) from core.case_file), 0::bigint, 'nobody has a case');
select is(pg_temp.record('2026-10-04', pg_temp.evaluation('ada', 0.3, '2026-10-04 07:00Z', 1),
                         pg_temp.evaluation('ben', 0.9, '2026-10-04 07:00Z')), '++', 'one is at risk');
select is((select array_agg(student_id) from core.case_file where state = 'new'), array[pg_temp.student('ada')],
          'and has a case then');
select is(pg_temp.record('2026-10-05', pg_temp.evaluation('ada', 0.9, '2026-10-05 07:00Z')), '+', 'not any more');
select is((select state from core.case_file), 'resolved', 'which ends by itself, nobody having touched it');

-- ---- flags are found by their student, also by a plan that was made while the school had none

create function pg_temp.flags_read() returns int8 language sql as $$ -- so far, in this transaction
  select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relid = 'core.flag'::regclass
$$;
create function pg_temp.record_flags(tag text, codes text[]) returns text language sql as $$
  select string_agg(case when recorded then '+' else '-' end, '')
    from api.record_evaluations(array[pg_temp.evaluation(tag, 0.5, clock_timestamp())],
           array(select row(d.school_id, d.student_id, c, 1, 2, clock_timestamp()::text, '{}')::api.flag_row
                   from device d, unnest(codes) c where d.tag = $1))
$$;
select is((select count(*) from core.flag), 0::bigint, 'so far nobody has a flag');
select is(pg_temp.record_flags('ada', '{a,b}'), '+', 'the statements are planned');
insert into core.flag (school_id, student_id, code, opened_at, changed_at, version, severity, text, detail)
select d.school_id, d.student_id, 'other' || n, now(), now(), 1, 2, '', '{}' from device d, generate_series(1, 2000) n where d.tag = 'ben';
select pg_temp.flags_read() as before \gset
select is(pg_temp.record_flags('ada', '{b,c}'), '+', 'one closes, one changes, one opens');
select cmp_ok(pg_temp.flags_read() - :before, '<', 100::int8, 'and nobody looked at the two thousand of somebody else');
select is((select array_agg(code order by code) from core.flag where closed_at is null and student_id = pg_temp.student('ada')),
          '{b,c}', 'they are open');
select * from finish();
rollback;
