-- A small world for the other files, inside their transaction: two schools, students, enrolled devices, and words to build rows with.
set search_path = tap, pg_catalog;
set timezone = 'UTC';

create function pg_temp.id(n int) returns uuid language sql as $$
  select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
$$;
create function pg_temp.bytes(n int, len int) returns bytea language sql as $$
  select substr(sha256(int4send(n)), 1, len)
$$;
-- One result; n tells it apart, the rest has a sensible default.
create function pg_temp.result(n int, revision int = 0, score int = 6200, retracted bool = false,
  taken timestamptz = '2026-10-01 10:00Z')
  returns api.result_row language sql as $$
  select row(pg_temp.id(n), revision, retracted, 'cbssa', '31', taken, 1, score, 1, false, 200, 124, null, null, null, null,
             '\x0100140010'::bytea)::api.result_row
$$;

select api.school_ensure('north', 'Northern School', 'America/New_York') as north \gset
select api.school_ensure('south', 'Southern School', 'Europe/Berlin') as south \gset
select api.parameters_add('north', 'default-1', 'c = 60', 'code', pg_temp.bytes(1, 32), true) as set_north \gset
select api.roster_import('north', 'students.csv', '[
  {"student_id": "1001", "given_name": "Ada", "family_name": "Alt", "email": "ada@north.example", "class_year": 2028,
    "track": "us_md"},
  {"student_id": "1002", "given_name": "Ben", "family_name": "Bay", "class_year": "2028", "track": "us_do",
    "dedicated_start": "2026-11-01"},
  {"student_id": "1003", "given_name": "Cem", "family_name": "Cole", "track": "non_us"}]') as ignored \gset
select api.roster_import('south', 'students.csv', '[{"student_id": "1001", "given_name": "Sol"}]') as ignored \gset

-- One device for each student: code n, key n, serial n. Gives "school student device" by external id.
create temp table device (tag text primary key, school_id int4, student_id int8, device_id int8, serial bytea);
create function pg_temp.enrol(tag text, school text, student text, n int) returns void language plpgsql as $$
declare
  v record;
begin
  perform api.codes_issue(school, jsonb_build_array(jsonb_build_object('student_id', student, 'code_hash', encode(pg_temp.bytes(n,
    32), 'hex'))),
                          now() + interval '7 days');
  select * into strict v from api.spend_code(pg_temp.bytes(n, 32), pg_temp.bytes(1000 + n, 32), pg_temp.bytes(2000 + n, 16),
         'laptop', 90);
  perform api.certificate_issued(v.school_id, v.serial, '\x30');
  insert into device values (tag, v.school_id, v.student_id, v.device_id, v.serial);
end
$$;
select pg_temp.enrol('ada', 'north', '1001', 1), pg_temp.enrol('ben', 'north', '1002', 2),
       pg_temp.enrol('sol', 'south', '1001', 3) \g /dev/null

create function pg_temp.upload(tag text, rows int) returns api.upload_row language sql as $$
  select row(d.school_id, d.student_id, d.device_id, d.serial, rows)::api.upload_row from device d where d.tag = $1
$$;
create function pg_temp.student(tag text) returns int8 language sql as $$
  select d.student_id from device d where d.tag = $1
$$;
-- One upload of one device: its statuses as hex, or the verdict where it was refused.
create function pg_temp.send(tag text, variadic rows api.result_row[]) returns text language sql as $$
  select coalesce(encode(statuses, 'hex'), 'verdict ' || verdict)
    from api.ingest_results(array[pg_temp.upload(tag, cardinality(rows))], rows)
$$;
create function pg_temp.state_of(tag text) returns api.student_state language sql as $$
  select s from device d, api.student_states_of(d.school_id, d.student_id) s where d.tag = $1
$$;
-- An estimate of the student as it is now, and its recording.
create function pg_temp.estimate(tag text, version int8, p float8 = 0.7, state int = 1, as_of timestamptz = now())
  returns api.assessment_row language sql as $$
  select row(d.school_id, d.student_id, version, 1, as_of, state, 0, 61, 3, 63, 4, p, greatest(p - 0.1, 0), least(p + 0.1, 1), 0.93,
         0.5, 4, '2026-12-01', null,
             '[{"code":"base_rate","points":0.93,"text":"x"}]')::api.assessment_row
    from device d where d.tag = $1
$$;
create function pg_temp.flag(tag text, code text, severity int = 3, words text = 'words') returns api.flag_row language sql as $$
  select row(d.school_id, d.student_id, code, 1, severity, words, '{"numbers":[1],"evidence":[]}')::api.flag_row
    from device d where d.tag = $1
$$;
