-- Who may not see results learns none by bringing files: neither what a file of theirs would correct, nor what others brought.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

create function pg_temp.bring(tag text, kind text, rows jsonb) returns jsonb language sql as $$
  select (api.import_add(pg_temp.as_(tag), jsonb_build_object('kind', kind, 'file_name', kind || '.csv', 'body', jsonb_build_object('rows', rows)))).body::jsonb
$$;
create function pg_temp.rows(tag text, import jsonb, more jsonb default '{}') returns text language sql as $$
  select (api.import_rows(pg_temp.as_(tag), jsonb_build_object('import', import ->> 'import_id') || more)).body
$$;

select pg_temp.bring('dean', 'official_scores',
         '[{"student_id": "1001", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "score": 6850, "scale": null}]') as told \gset
select api.import_apply(pg_temp.as_('dean'), jsonb_build_object('import', :'told'::jsonb ->> 'import_id', 'body', jsonb_build_object('revision', :'told'::jsonb -> 'revision'))) \g /dev/null
select pg_temp.bring('dean', 'plans', '[{"student_id": "1001", "attempt": "1", "taken_on": "2026-10-20", "outcome": "pass", "outcome_known_on": "2026-10-30"}]') as outcome \gset
select api.import_apply(pg_temp.as_('dean'), jsonb_build_object('import', :'outcome'::jsonb ->> 'import_id', 'body', jsonb_build_object('revision', :'outcome'::jsonb -> 'revision'))) \g /dev/null

select matches(pg_temp.rows('dean', :'told'), '68\.5', 'the dean sees the score that was brought');
select doesnt_match(pg_temp.rows('operator', :'told'), '68\.5', 'the operator does not see what another brought');
select doesnt_match(pg_temp.rows('operator', :'told', '{"format": "csv"}'), '68\.5', 'nor as a file');
select doesnt_match(pg_temp.rows('operator', :'outcome'), 'pass', 'nor an outcome');

select pg_temp.bring('operator', 'official_scores',
         '[{"student_id": "1001", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "score": 100, "scale": null}]') as probe \gset
select doesnt_match(pg_temp.rows('operator', :'probe'), '68\.5', 'nor by a file that would correct it');
select matches(pg_temp.rows('operator', :'probe'), '"after": 1', 'who sees what they brought themselves');
select matches(pg_temp.rows('dean', :'probe'), '68\.5', 'which the dean sees beside it');
select pg_temp.bring('operator', 'plans', '[{"student_id": "1001", "attempt": "1", "taken_on": "2026-10-21", "outcome": "fail", "outcome_known_on": "2026-10-31"}]') as probe \gset
select doesnt_match(pg_temp.rows('operator', :'probe'), 'pass', 'nor an outcome by one that says another');
select matches(pg_temp.rows('operator', :'probe'), '2026-10-20', 'a day is no result');

-- nor by guessing: a file with what stands there gets the same answer, to the letter, as a file with something else
create function pg_temp.told(import jsonb) returns text language sql as $$
  select regexp_replace(jsonb_build_object('import', import - '{import_id,previewed,same_as}'::text[], 'same_as', import -> 'same_as' <> 'null',
                          'rows', (pg_temp.rows('operator', import)::jsonb -> 'items'))::text, '(?<="after": |> )(68.5|1|"?pass"?|"?fail"?)(?=[,"])', 'it', 'g')
$$;
create function pg_temp.guess(kind text, row_ jsonb, more jsonb) returns text language sql as $$
  select pg_temp.told(pg_temp.bring('operator', kind, jsonb_build_array(row_ || more)))
$$;
select is(pg_temp.guess(kind, row_, a), pg_temp.guess(kind, row_, b), kind || ': a right guess is told as a wrong one is')
  from (values ('official_scores', '{"student_id": "1001", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "scale": null}'::jsonb, '{"score": 6850}'::jsonb, '{"score": 100}'::jsonb),
               ('plans', '{"student_id": "1001", "attempt": "1", "outcome_known_on": "2026-10-30"}', '{"outcome": "pass"}', '{"outcome": "fail"}'),
               ('plans', '{"student_id": "1001", "attempt": "1"}', '{"outcome": "pass"}', '{"outcome": "fail"}')) v(kind, row_, a, b);
select pg_temp.bring('operator', 'official_scores',
         '[{"student_id": "1001", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "score": 100, "scale": null},
           {"student_id": "1002", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "score": 5000, "scale": null}]') as mixed \gset
select is(:'mixed'::jsonb -> 'counts' @> '{"new": 1, "kept": 1, "changed": 0, "unchanged": 0}', true, 'what is new is taken, what is there is left');
select api.import_apply(pg_temp.as_('operator'), jsonb_build_object('import', :'mixed'::jsonb ->> 'import_id', 'body', jsonb_build_object('revision', :'mixed'::jsonb -> 'revision'))) \g /dev/null
select is((select array_agg(r.score_centi) from core.student s, core.current_results(:north, s.student_id) r where s.school_id = :north and s.external_id in ('1001', '1002') and r.instrument = 'cbse'),
          '{6850,5000}', 'by the operator''s file nothing of it was written over');
select pg_temp.bring('operator', 'official_scores',
         '[{"student_id": "1002", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "score": 5100, "scale": null}]') as mine \gset
select is(:'mine'::jsonb -> 'counts' @> '{"changed": 1, "kept": 0}', true, 'what one brought oneself one may correct');
select pg_temp.bring('dean', 'official_scores', '[{"student_id": "1001", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "score": 100, "scale": null}]') as deans \gset
select is(:'deans'::jsonb -> 'counts' @> '{"changed": 1, "kept": 0}', true, 'who sees records corrects them');
select api.import_undo(pg_temp.as_('operator'), jsonb_build_object('import', :'mixed'::jsonb ->> 'import_id', 'body', '{"revision": 2}'::jsonb)) \g /dev/null
select is((select array_agg(r.score_centi) from core.student s, core.current_results(:north, s.student_id) r where s.school_id = :north and s.external_id in ('1001', '1002') and r.instrument = 'cbse'),
          '{6850}', 'undone, what was left is left');
select * from finish();
rollback;
