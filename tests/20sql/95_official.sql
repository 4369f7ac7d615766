-- A result that the office loaded counts alone: which of the student's own it overrules, wherever results are read, and back.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

-- ---- which are one sitting

select is(core.form_key(form), key, format('form "%s" is compared as "%s"', form, key))
  from (values ('31', '31'), ('NBME 31', '31'), ('Form 031', '31'), ('NBME Form #31', '31'), ('cbssa-31', '31'), ('A', 'a'), (' ', ''), ('Form', ''),
               ('', ''), ('27A', '27a'), ('Blut', 'blut'), ('Midterm 1', 'midterm1')) f(form, key);
select is(core.same_sitting(instrument, form, other, days), same, format('%s "%s" and "%s", %s days apart', instrument, form, other, days))
  from (values ('cbse', '', '', 0, true), ('cbse', 'A', '', 0, true), ('cbse', 'A', 'B', 0, true), ('cbse', '', '', 1, true), ('cbse', '', '', 2, false),
               ('cbssa', '31', 'NBME 31', 0, true), ('cbssa', '31', '31', 1, true), ('cbssa', '31', '31', 2, false), ('cbssa', '31', '30', 0, false),
               ('cbssa', '31', '', 0, true), ('cbssa', '', '31', 0, true), ('cbssa', '', '31', 1, false), ('cbssa', '', '', 0, true), ('cbssa', '', '', 1, false),
               ('school_exam', 'Cardio', 'cardio', 0, true), ('school_exam', 'Cardio', 'Renal', 0, false), ('school_exam', 'Cardio', '', 0, false),
               ('school_exam', '', '', 0, true), ('school_exam', '', '', 1, false), ('school_exam', 'Cardio', 'cardio', 1, true),
               ('uwsa1', '', '', 0, true)) s(instrument, form, other, days, same);

-- ---- what counts

create function pg_temp.cbse(n int, score int, taken timestamptz default '2026-10-01 14:00Z', revision int default 0, retracted bool default false, form text default '',
                             scale int default 1)
  returns api.result_row language sql as $$
  select row(pg_temp.id(n), revision, retracted, 'cbse', form, taken, scale, score, 1, false, 200, 124, null, null, null, null, '\x0100140010'::bytea)::api.result_row
$$;
create function pg_temp.bring(score text, day date default '2026-10-01', form text default '', tag text default 'dean') returns jsonb language sql as $$
  select (api.import_add(pg_temp.as_(tag), jsonb_build_object('kind', 'official_scores', 'file_name', 'cbse.csv', 'body', jsonb_build_object('rows',
    jsonb_build_array(jsonb_build_object('student_id', '1001', 'instrument', 'cbse', 'form', form, 'taken_on', day, 'score', score::int4, 'scale', 'epc')))))).body::jsonb
$$;
create function pg_temp.act(verb text, import jsonb) returns jsonb language plpgsql as $$
begin
  return case verb
    when 'apply' then (api.import_apply(pg_temp.as_('dean'), jsonb_build_object('import', import ->> 'import_id', 'body', jsonb_build_object('revision', import -> 'revision')))).body
    else (api.import_undo(pg_temp.as_('dean'), jsonb_build_object('import', import ->> 'import_id', 'body', jsonb_build_object('revision', import -> 'revision')))).body end::jsonb;
end
$$;
create function pg_temp.size_of(packed bytea, at int) returns int language sql as $$
  select 40 + 5 * get_byte(packed, at + 37) + case when get_byte(packed, at + 38) & 128 > 0 then 4 else 0 end
$$;
-- Where each packed result begins, and how long it is (sql/api/student_evidence.sql).
create function pg_temp.places(packed bytea) returns table (at int, size int) language sql as $$
  with recursive p as (select 1 as at where octet_length(packed) > 0
                       union all
                       select p.at + z.size from p cross join lateral pg_temp.size_of(packed, p.at) z(size) where p.at + z.size <= octet_length(packed))
  select p.at, pg_temp.size_of(packed, p.at) from p
$$;
-- Scores that count, by each of the ways that an estimate or a page reads them; one text where all say the same.
create function pg_temp.counting() returns text language sql as $$
  select coalesce(string_agg(distinct w.scores, ' but '), 'none') from (
    select coalesce((select string_agg((r).score_centi::text, ',' order by (r).score_centi) from unnest((pg_temp.state_of('ada')).results) r), '')
    union all
    select coalesce((select string_agg((r).score_centi::text, ',' order by (r).score_centi)
                       from api.student_states('north', pg_temp.student('ada') - 1, 1) s, unnest(s.results) r), '')
    union all
    select coalesce((select string_agg((r).score_centi::text, ',' order by (r).score_centi)
                       from api.student_pasts('north', null, null, pg_temp.student('ada') - 1, 1) s, unnest(s.results) r), '')
    union all
    select coalesce(string_agg((p ->> 'score')::numeric * 100 || '', ',' order by p ->> 'score'), '')
      from core.student s, jsonb_array_elements(core.paper_results(s, 'America/New_York', 99)) p where s.student_id = pg_temp.student('ada')
    union all
    -- the packed ones: of each id the last revision, unless retracted
    select coalesce((select string_agg(x.score::text, ',' order by x.score) from (
      select distinct on (u.id) u.score, u.marks from (
        select substr(e.packed, p.at, 16) as id, ('x' || encode(substr(e.packed, p.at + 28, 4), 'hex'))::bit(32)::int4 as score,
               get_byte(e.packed, p.at + 38) as marks,
               case when get_byte(e.packed, p.at + 38) & 128 > 0 then ('x' || encode(substr(e.packed, p.at + 40, 4), 'hex'))::bit(32)::int4 else 0 end as revision
          from api.student_evidence('north', array[pg_temp.student('ada')]) e
         cross join lateral pg_temp.places(e.packed) p) u
       order by u.id, u.revision desc) x where x.marks & 1 = 0), '')) w(scores)
$$;
select (pg_temp.state_of('ada')).version as version \gset

select is(pg_temp.send('ada', pg_temp.cbse(1, 6200), pg_temp.result(9, score => 5000)), '0101', 'a student reports a CBSE and something else');
select is(pg_temp.counting(), '5000,6200', 'which count');
select pg_temp.bring('6500') as shown \gset
select is(:'shown'::jsonb -> 'reported', '{"n": 1, "differ": 1, "largest": -3}', 'a preview says what students reported');
select is((select (r.body::jsonb #> '{items,0,reported}') - 'result_id' from api.import_rows(pg_temp.as_('dean'), jsonb_build_object('import', :'shown'::jsonb ->> 'import_id')) r),
          '{"score": 62, "scale": "epc", "difference": -3}', 'and of whom');
select is((select r.body::jsonb #> '{items,0,reported}' from api.import_rows(pg_temp.as_('operator'), jsonb_build_object('import', :'shown'::jsonb ->> 'import_id')) r),
          'null', 'not to who may not read records');
select is((api.import_show(pg_temp.as_('operator'), jsonb_build_object('import', :'shown'::jsonb ->> 'import_id'))).body::jsonb -> 'reported', 'null', 'nor how much');
select is(pg_temp.bring('6200', tag => 'operator') -> 'reported', 'null', 'nor for a file of their own: it would answer guesses');
select is(pg_temp.counting(), '5000,6200', 'nothing counts less before it is applied');
select pg_temp.act('apply', :'shown') as applied \gset
select is(pg_temp.counting(), '5000,6500', 'the official one counts alone');
select cmp_ok((pg_temp.state_of('ada')).version, '>', :version::bigint, 'and the estimate is to be made anew');
select is((select count(*) from core.result where student_id = pg_temp.student('ada')), 3::bigint, 'nothing is gone');
select results_eq($$ select x ->> 'score', x ->> 'overruled_by' is not null, x #>> '{reported,score}', x #>> '{reported,difference}'
                       from jsonb_array_elements((api.student_results(pg_temp.as_('dean'), '{"student": "1001"}')).body::jsonb -> 'items') x
                      where x ->> 'instrument' = 'cbse' order by 1 $$,
                  $$ values ('62', true, null::text, null::text), ('65', false, '62', '-3') $$, 'the difference is shown');
select is((select (p -> 'reported') - 'result_id' from core.student s, jsonb_array_elements(core.paper_results(s, 'America/New_York', 9)) p
            where s.student_id = pg_temp.student('ada') and p ->> 'source' = 'office'), '{"score": 62, "scale": "epc", "difference": -3}', 'on paper too');

select is(pg_temp.send('ada', pg_temp.cbse(1, 6500, revision => 1)), '01', 'the student corrects it');
select is((select difference_centi from core.result_overruled where result_id = pg_temp.id(1)), 0, 'and says the same now');
select is(pg_temp.send('ada', pg_temp.cbse(2, 6400, '2026-10-02 01:00Z'), pg_temp.cbse(3, 6300, '2026-10-04 14:00Z')), '0101',
          'said again after midnight in Europe, and another one three days later');
select is(pg_temp.counting(), '5000,6300,6500', 'of which only the other one counts');
select is(pg_temp.send('ada', pg_temp.cbse(3, 6300, '2026-10-02 14:00Z', revision => 1)), '01', 'moved to the day after');
select is(pg_temp.counting(), '5000,6500', 'it is that one');
select is(pg_temp.send('ada', pg_temp.cbse(3, 6300, '2026-10-02 14:00Z', revision => 2, retracted => true)), '01', 'taken back');
select is((select count(*) from core.result_overruled where result_id = pg_temp.id(3)), 0::bigint, 'what is retracted is not overruled');

select api.school_ensure('north', 'Northern School', 'Pacific/Kiritimati') \g /dev/null
select is(pg_temp.counting(), '5000,6500', 'a school in another zone: still a day apart at most');
select api.school_ensure('north', 'Northern School', 'America/New_York') \g /dev/null

select pg_temp.act('undo', :'applied') \g /dev/null
select is(pg_temp.counting(), '5000,6400,6500', 'with the file undone what the student reported counts again');
select is((select count(*) from core.result_overruled), 0::bigint, 'and nothing is overruled');
select is(pg_temp.counting(), '5000,6400,6500', 'the same by every way');
select pg_temp.act('apply', pg_temp.bring('6600')) \g /dev/null
select is(pg_temp.counting(), '5000,6600', 'loaded again');

-- ---- a policy, and a decision that rested on what was reported

select set_config('sg.scope', '{' || :north || '}|*', false) \g /dev/null
create function pg_temp.checks(p_at timestamptz, p_past bool, p_more jsonb default '{}') returns text language sql as $$
  select f.found ->> 'fitting' || case when f.found ->> 'fitting' = '0' then '' else ' ' || (f.results #>> '{0,score}') end
    from device d, core.policy_findings(d.school_id, jsonb_build_object('require', jsonb_build_object('checks',
           '{"of": [{"instrument": "cbse", "scale": "epc", "min_score": 60}], "at_least": 1, "new_form": true}'::jsonb || p_more)),
           array[row(1, d.student_id, p_at, p_at::date, '2027-02-01', 1, '{}', p_past)::core.policy_case]) f
   where d.tag = 'ada'
$$;
select is(pg_temp.checks(now() + interval '1 year', false), '1 66', 'one sitting is one check, the official score, and no form seen before');
select is(pg_temp.checks(now() + interval '1 year', false, '{"official": true}'), '1 66', 'the official one');
select is(pg_temp.checks((select min(received_at) from core.result where device_id = 0) + interval '1 minute', true), '1 66', 'in a replay, once it was known');
-- ---- ben has none: nothing is looked for
select is(pg_temp.send('ben', pg_temp.cbse(20, 6200)), '01', 'somebody without an official result');
select is((select array_agg(p.official order by p.student_id) from core.progress p where p.school_id = :north and p.student_id in (pg_temp.student('ada'), pg_temp.student('ben'))),
          '{t,f}', 'has no mark, and an upload looks no further');
select * from finish();
rollback;
