-- Imports below the office port: who sees which, that a device corrects nothing of the office's, what is kept of people and for how long.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

create function pg_temp.bring(tag text, kind text, rows jsonb, more jsonb default '{}') returns jsonb language sql as $$
  select (api.import_add(pg_temp.as_(tag), jsonb_build_object('kind', kind, 'file_name', kind || '.csv', 'body', jsonb_build_object('rows', rows)) || more)).body::jsonb
$$;
create function pg_temp.act(tag text, verb text, import jsonb) returns jsonb language plpgsql as $$
begin
  return case verb
    when 'apply' then (api.import_apply(pg_temp.as_(tag), jsonb_build_object('import', import ->> 'import_id', 'body', jsonb_build_object('revision', import -> 'revision')))).body
    else (api.import_undo(pg_temp.as_(tag), jsonb_build_object('import', import ->> 'import_id', 'body', jsonb_build_object('revision', import -> 'revision')))).body end::jsonb;
end
$$;

-- a school's files are its own
select pg_temp.bring('operator', 'roster', '[{"student_id": "1001", "family_name": "Larch"}, {"student_id": "2001"}]') as shown \gset
select is((:'shown'::jsonb -> 'counts') - '{absent}'::text[], '{"rows": 2, "new": 1, "changed": 1, "unchanged": 0, "leaving": 0, "kept": 0, "refused": 0, "reactivated": 0}',
          'what a file would change');
select is((select family_name from core.student where school_id = :north and external_id = '1001'), 'Alt', 'and nothing has been');
select is(pg_temp.refusal(format('select api.import_show(:me, ''{"import": "%s"}'')', :'shown'::jsonb ->> 'import_id'), 'south'), '404 not_found',
          'another school''s dean has no such import');
select is(pg_temp.refusal(format('select api.import_%s(:me, ''{"import": "%s", "body": {"revision": 1}}'')', verb, :'shown'::jsonb ->> 'import_id'), 'south'),
          '404 not_found', 'nor can ' || verb || ' it') from unnest('{apply,undo}'::text[]) verb;
select is((select count(*) from api.import_rows(pg_temp.as_('operator'), jsonb_build_object('import', :'shown'::jsonb ->> 'import_id')) r
            where r.students = array[pg_temp.student('ada')]), 1::bigint, 'whose records its rows show goes on the trail');
select is(pg_temp.act('dean', 'apply', :'shown') ->> 'state', 'applied', 'what one brought another may apply');
select is((select students from audit.event where action = 'import_apply' order by event_id desc limit 1) @> array[pg_temp.student('ada')], true,
          'and on whose records is on the trail');

-- a device corrects nothing of the office's
select pg_temp.act('operator', 'apply', pg_temp.bring('operator', 'official_scores',
         '[{"student_id": "1001", "instrument": "cbse", "form": "", "taken_on": "2026-10-01", "score": 6850, "scale": null}]')) as scores \gset
select result_id as official from core.result where student_id = pg_temp.student('ada') and device_id = 0 \gset
select is(s.statuses, '\x03'::bytea, 'a correction of an official result from a student''s device is a conflict')
  from device d, api.ingest_results(array[row(d.school_id, d.student_id, d.device_id, d.serial, 1)::api.upload_row],
         array[row(:'official', 1, false, 'cbse', '', '2026-10-01 16:00+00', 1, 9900, 1, false, null, null, null, null, null, null, null)::api.result_row]) s
 where d.tag = 'ada';
select is((select score_centi from core.current_results(:north, pg_temp.student('ada')) where result_id = :'official'), 6850, 'and changes nothing');

-- a preview lapses, what is kept of students goes
select pg_temp.bring('operator', 'roster', '[{"student_id": "1001", "family_name": "Oak"}]') as late \gset
select set_config('sg.now', (core.now() + interval '2 days')::text, true) \g /dev/null
update core.session set last_seen_at = core.now(), expires_at = core.now() + interval '8 h', stepped_up_at = core.now();
select pg_temp.bring('operator', 'roster', '[]') \g /dev/null
select is((select state from ops.import where import_id = (:'late'::jsonb ->> 'import_id')::int8), 'lapsed', 'a preview is good for a day');
select is((select count(*) from ops.import_row where import_id = (:'late'::jsonb ->> 'import_id')::int8), 0::bigint, 'then its rows are gone');
select is(pg_temp.refusal(format('select api.import_apply(:me, ''{"import": "%s", "body": {"revision": 2}}'')', :'late'::jsonb ->> 'import_id'), 'operator'),
          '409 conflict', 'and it can no longer be applied');
select set_config('sg.now', (core.now() + interval '31 days')::text, true) \g /dev/null
update core.session set last_seen_at = core.now(), expires_at = core.now() + interval '8 h', stepped_up_at = core.now();
select is(pg_temp.refusal(format('select api.import_undo(:me, ''{"import": "%s", "body": {"revision": 2}}'')', :'shown'::jsonb ->> 'import_id'), 'operator'),
          '409 too_late', 'after the days for it an import cannot be undone');
select pg_temp.bring('operator', 'roster', '[]') \g /dev/null
select is((select count(*) from ops.import_row where school_id = :north), 0::bigint, 'and nothing is kept of what it changed');
select * from finish();
rollback;
