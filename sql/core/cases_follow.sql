-- Brings the cases of these students in step with what is open about them (core.case_differences): opens the case of an attempt,
-- appends reasons, closes those that went away, and moves the case where core.case_transitions() says so: regressed, escalating, or
-- resolved where nobody had touched it. Gives how many differences there were; 0, without looking further, is the usual answer.
--
-- In the same transaction as the estimate (api.record_assessments), so that no flag is ever open without its case. Can be repeated
-- at any time and then changes nothing.
--
-- Locks: the caller holds the students' progress rows, which serialises this for a student; here the cases in key order. Whoever
-- locks both takes progress first.
create or replace function core.cases_follow(p_schools int4[], p_students int8[], p_now timestamptz) returns int4
  language plpgsql as $$
declare
  v_schools int4[];
  v_students int8[];
  v_all core.case_difference[];
begin
  -- Most students have neither a case nor anything to open one for; to know that takes three look-ups.
  select array_agg(k.school_id), array_agg(k.student_id) into v_schools, v_students
    from unnest(p_schools, p_students) k(school_id, student_id)
   where exists (select from core.case_file c where c.school_id = k.school_id and c.student_id = k.student_id
     and c.state <> 'merged')
      or exists (select from core.flag f where f.school_id = k.school_id and f.student_id = k.student_id and f.closed_at is null
                    and f.severity >= 3)
      or exists (select from core.assessment a where a.school_id = k.school_id and a.student_id = k.student_id and a.state = 1);
  if v_schools is null then
    return 0;
  end if;
  select array_agg(d) into v_all from core.case_differences(v_schools, v_students) d;
  if v_all is null then
    return 0;
  end if;
  select array_agg(d) into v_all
    from unnest(v_all) d
   where d.what <> 'open'
      or not exists (select from core.mutes_of(array[d.school_id], array[d.student_id], array[d.taken], p_now) m
        where m.code = d.code);
  if v_all is null then
    return 0;
  end if;
  perform from core.case_file c
    where (c.school_id, c.case_id) in (select d.school_id, d.case_id from unnest(v_all) d)
    order by c.school_id, c.case_id
      for no key update;

  with opened as (
    insert into core.case_file as c (school_id, student_id, attempt, state_since, state_why, severity, opened_at, due_on, exam_on,
                                     exam_taken)
    select distinct on (d.school_id, d.student_id, d.attempt) d.school_id, d.student_id, d.attempt, p_now, left(d.text, 1000),
           d.severity, p_now, core.case_due_on(d.school_id, d.severity, p_now), d.exam_on, d.taken
      from unnest(v_all) d
     where d.what = 'open' and d.case_id is null
     order by d.school_id, d.student_id, d.attempt, d.severity desc, d.code
        on conflict (school_id, student_id, attempt) where state <> 'merged' do nothing
    returning c.*
  )
  insert into core.case_event (school_id, case_id, student_id, at, verb, to_state, revision)
  select o.school_id, o.case_id, o.student_id, p_now, 'open', 'new', 1 from opened o;

  insert into core.case_reason as r (school_id, case_id, student_id, source, code, severity, text, evidence, flag_id, opened_at,
                                     changed_at)
  select d.school_id, c.case_id, d.student_id, 'rule', d.code, d.severity, d.text, d.evidence, d.flag_id, p_now, p_now
    from unnest(v_all) d
    join core.case_file c on c.school_id = d.school_id and c.student_id = d.student_id and c.attempt = d.attempt
      and c.state <> 'merged'
   where d.what = 'open'
      on conflict (school_id, case_id, code) do update
     set (source, severity, text, evidence, flag_id, opened_at, changed_at, closed_at, times)
       = ('rule', excluded.severity, excluded.text, excluded.evidence, excluded.flag_id, p_now, p_now, null, r.times + 1);
  update core.case_reason r
     set (severity, text, evidence, flag_id, changed_at, closed_at)
       = (d.severity, coalesce(d.text, r.text), coalesce(d.evidence, r.evidence), coalesce(d.flag_id, r.flag_id),
          case when d.what = 'close' then r.changed_at else p_now end, case when d.what = 'close' then p_now end)
    from unnest(v_all) d
   where d.what in ('change', 'close') and r.school_id = d.school_id and r.case_id = d.case_id and r.code = d.code
     and r.source = 'rule';
  perform core.cases_step(v_all, p_now);
  perform core.case_dates_follow(d.school_id, array_agg(distinct d.student_id), p_now)
     from unnest(v_all) d where d.what in ('open', 'plan') group by d.school_id;
  return cardinality(v_all);
end
$$;
