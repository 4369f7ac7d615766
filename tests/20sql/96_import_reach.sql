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
select * from finish();
rollback;
