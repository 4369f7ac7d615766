begin;
\ir fixture.sql
select * from no_plan();

-- one upload
select is(pg_temp.send('ada', pg_temp.result(1), pg_temp.result(2), pg_temp.result(3)), '010101', 'three new rows are stored');
select is(pg_temp.send('ada', pg_temp.result(1), pg_temp.result(2), pg_temp.result(3)), '020202', 'sent again they are identical');
select is((select count(*) from core.result), 3::bigint, 'and there once');
select is(pg_temp.send('ada', pg_temp.result(3), pg_temp.result(4), pg_temp.result(1, score => 7000)), '020103',
       'mixed: identical, stored, conflict, in the order sent');
select is((select score_centi from core.result where result_id = pg_temp.id(1)), 6200, 'a conflict changes nothing');
select is(pg_temp.send('ada', pg_temp.result(5), pg_temp.result(5)), '0102', 'a row twice in one upload is stored once');
select is(pg_temp.send('ada', pg_temp.result(6), pg_temp.result(6, score => 6300)), '0103',
       'of two contents in one upload the first counts');
select is((select score_centi from core.result where result_id = pg_temp.id(6)), 6200, 'the first it is');
select is(pg_temp.send('ada', variadic '{}'), '', 'an upload of nothing is fine');

-- revisions
select is(pg_temp.send('ada', pg_temp.result(1, revision => 1, score => 7000)), '01', 'a correction is a further revision');
select is((select array_agg(r.score_centi order by r.result_id) from unnest((pg_temp.state_of('ada')).results) r),
       array[7000, 6200, 6200, 6200, 6200, 6200],
          'of one id the highest revision counts');
select is(pg_temp.send('ada', pg_temp.result(2, revision => 1, retracted => true)), '01', 'a retraction is a revision');
select ok(pg_temp.id(2) <> all (array(select r.result_id from unnest((pg_temp.state_of('ada')).results) r)),
       'a retracted result does not count');
select is((select count(*) from core.result where result_id = pg_temp.id(2)), 2::bigint, 'its history is kept');
select is(pg_temp.send('ada', pg_temp.result(7, revision => 2), pg_temp.result(7, revision => 0, score => 1)), '0101',
       'revisions may come out of order');
select is((select r.revision from unnest((pg_temp.state_of('ada')).results) r where r.result_id = pg_temp.id(7)), 2,
       'the highest counts all the same');

-- another student's id
select is(pg_temp.send('ben', pg_temp.result(1)), '03', 'another student''s id with the same content is a conflict');
select is(pg_temp.send('ben', pg_temp.result(3, revision => 9)), '03', 'so is a revision of another student''s result');
select is((select count(*) from core.result r where r.student_id = pg_temp.student('ben')), 0::bigint, 'nothing is stored of it');
select is(pg_temp.send('sol', pg_temp.result(1)), '01', 'the same id at another school is another result');

-- a second device of the same student
select pg_temp.enrol('ada2', 'north', '1001', 9) \g /dev/null
select is(pg_temp.send('ada2', pg_temp.result(3), pg_temp.result(8)), '0201',
       'a row that came by another device of the student is identical');

-- every column counts for "the same"
create function pg_temp.altered(p_column text) returns api.result_row language plpgsql as $$
declare
  r api.result_row := pg_temp.result(4);
begin
  case p_column
    when 'retracted' then r.retracted := true;
    when 'instrument' then r.instrument := 'uwsa1';
    when 'form' then r.form := '';
    when 'taken_at' then r.taken_at := r.taken_at + interval '1 ms';
    when 'scale' then r.scale := 2;
    when 'score_centi' then r.score_centi := 6201;
    when 'mode' then r.mode := 2;
    when 'repeat' then r.repeat := true;
    when 'items' then r.items := null;
    when 'correct' then r.correct := 123;
    when 'omitted' then r.omitted := 0;
    when 'seconds' then r.seconds := 1;
    when 'seconds_allowed' then r.seconds_allowed := 1;
    when 'printed_p_pass_bp' then r.printed_p_pass_bp := 1;
    when 'subs' then r.subs := null;
  end case;
  return r;
end
$$;
select is(pg_temp.send('ada', pg_temp.altered(a.attname)), '03', 'another ' || a.attname || ' is a conflict')
  from pg_attribute a where a.attrelid = 'api.result_row'::regclass and a.attnum > 2 order by a.attnum;

-- several uploads in one call, in order
select results_eq(
  $$ select upload, verdict, encode(statuses, 'hex'), (state).external_id
       from api.ingest_results(array[pg_temp.upload('sol', 1), pg_temp.upload('ada', 2), pg_temp.upload('ben', 0),
         pg_temp.upload('ben', 1), pg_temp.upload('ada', 1)],
                               array[pg_temp.result(21), pg_temp.result(22), pg_temp.result(1, score => 1), pg_temp.result(23),
                                 pg_temp.result(24)]) $$,
  $$ values (0, 0::int2, '01', '1001'), (1, 0::int2, '0103', '1001'), (2, 0::int2, '', '1002'), (3, 0::int2, '01', '1002'),
    (4, 0::int2, '01', '1001') $$,
  'uploads of several students and schools: each its own, in order');
select throws_ok($$ select api.ingest_results(array[pg_temp.upload('ada', 2)], array[pg_temp.result(30)]) $$, '22023', null,
       'counts must match the rows');
select throws_ok($$ select api.ingest_results(array[pg_temp.upload('ada', 1)], array[pg_temp.result(30), pg_temp.result(31)]) $$,
       '22023', null, 'in both directions');
select is((select count(*) from api.ingest_results('{}', '{}')), 0::bigint, 'no uploads, no answer');

-- refused uploads beside good ones
select api.revoke('north', '1002', null, 'lost') \g /dev/null
select results_eq(
  $$ select verdict, encode(statuses, 'hex'), (state).version is null
       from api.ingest_results(array[pg_temp.upload('ben', 1), pg_temp.upload('ada', 1)],
         array[pg_temp.result(40), pg_temp.result(41)]) $$,
  $$ values (8::int2, null, true), (0::int2, '01', false) $$, 'a revoked device stores nothing, its neighbour everything');
select is((select count(*) from core.result where result_id = pg_temp.id(40)), 0::bigint, 'nothing at all');
select is((select verdict from api.ingest_results(array[row(:north, pg_temp.student('ben'), d.device_id, d.serial,
       1)::api.upload_row], array[pg_temp.result(42)])),
          7::int2, 'a certificate speaks for its own student only') from device d where tag = 'ada';

-- versions
select (pg_temp.state_of('ada')).version as version \gset
select is(pg_temp.send('ada', pg_temp.result(1)), '02', 'a replay');
select is((pg_temp.state_of('ada')).version, :version::int8, 'leaves the version');
select is(pg_temp.send('ada', pg_temp.result(50)), '01', 'a new row');
select is((pg_temp.state_of('ada')).version, :version + 1::int8, 'raises it');
select ok(assessed_version < version, 'and makes the estimate stale') from core.progress where student_id = pg_temp.student('ada');
select is((s.state).version, :version + 2::int8, 'the answer carries the version to be recorded against')
  from api.ingest_results(array[pg_temp.upload('ada', 1)], array[pg_temp.result(51)]) s;

-- what comes back is what went in
select is((select r from unnest((pg_temp.state_of('ada')).results) r where r.result_id = pg_temp.id(51)), pg_temp.result(51),
       'a row comes back to the last field');
-- values that cannot be stop the call with class 23, which the daemon then sends upload by upload
select throws_ok($$ select pg_temp.send('ada', row(pg_temp.id(60), 0, false, 'cbssa', '', now(), 7, 1, 1, false, null, null, null,
       null, null, null, null)::api.result_row) $$,
                 '23514', null, 'an unknown scale never gets in');
select * from finish();
rollback;
