-- Words for the tests of cases, on top of fixture.sql and office.sql.

-- An estimate of the student as it is now, with flags; recorded as the daemon does.
create function pg_temp.assess(tag text, p float8, state int, variadic flags api.flag_row[] = '{}') returns bool language sql as $$
  select recorded from api.record_assessments(array[pg_temp.estimate($1, (pg_temp.state_of($1)).version, p, state, core.now())], flags)
$$;
drop function pg_temp.flag(text, text, int, text);
create function pg_temp.flag(tag text, code text, severity int = 3, words text = 'words', evidence text = '[]')
  returns api.flag_row language sql as $$
  select row(d.school_id, d.student_id, code, 1, severity, words, format('{"numbers":[1],"evidence":%s}', evidence))::api.flag_row
    from device d where d.tag = $1
$$;
create function pg_temp.today() returns date language sql as $$
  select (core.now() at time zone 'America/New_York')::date
$$;
-- The cases of north, or of one of its students: '1001/1 new warning [codes of its open reasons]'.
create function pg_temp.cases(p_student text default '%') returns text language sql as $$
  select string_agg(format('%s/%s %s %s [%s]', s.external_id, c.attempt, c.state, core.severity_name(c.severity),
           (select string_agg(r.code, ' ' order by r.code) from core.case_reason r
             where r.case_id = c.case_id and r.closed_at is null)), ' · ' order by s.external_id, c.attempt, c.case_id)
    from core.case_file c join core.student s on s.student_id = c.student_id
   where s.external_id like p_student and c.state <> 'merged'
$$;
create function pg_temp.case_of(tag text) returns core.case_file language sql as $$
  select c from core.case_file c where c.student_id = pg_temp.student(tag) and c.state <> 'merged' order by c.attempt desc limit 1
$$;
-- A verb by a person on the case of a student, as the case is now: the answer, or the refusal as '409 conflict'.
create function pg_temp.act(person text, tag text, verb text, body jsonb = '{}') returns text language plpgsql as $$
declare
  v_case core.case_file := pg_temp.case_of(tag);
  v_code text;
begin
  return (api.case_act(pg_temp.as_(person), jsonb_build_object('case', v_case.case_id::text, 'verb', verb,
            'body', jsonb_build_object('revision', v_case.revision) || body))).body;
exception when others then
  get stacked diagnostics v_code = constraint_name;
  return case when sqlstate like 'SG%' then right(sqlstate, 3) || ' ' || v_code else sqlstate || ' ' || sqlerrm end;
end
$$;
-- Another time for whatever asks core.now(), sessions kept alive.
create function pg_temp.at(p_at timestamptz) returns text language plpgsql as $$
begin
  perform set_config('sg.now', p_at::text, true);
  update core.session set last_seen_at = p_at, stepped_up_at = p_at, expires_at = p_at + interval '8 h';
  update core.service_token set expires_at = p_at + interval '8 h';
  return p_at::text;
end
$$;
-- What a refusal adds for programs (its members).
create function pg_temp.refusal_detail(person text, tag text, verb text, body jsonb) returns jsonb language plpgsql as $$
declare
  v_more text;
begin
  perform api.case_act(pg_temp.as_(person), jsonb_build_object('case', (pg_temp.case_of(tag)).case_id, 'verb', verb, 'body', body));
  return null;
exception when others then
  get stacked diagnostics v_more = pg_exception_detail;
  return v_more::jsonb;
end
$$;
