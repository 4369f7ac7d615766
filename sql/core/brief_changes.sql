-- The lists new, worsened, regressed and recovered of a night's brief: what its estimates say, held against those of the kept night
-- before (p_before; of the first night null: whoever needs somebody is new). Flags count by the moment of the estimate that opened
-- or closed them. Muted rules (core.muted_at) open nothing, and of whom readiness is muted it says nothing.
--
--   needs somebody  at risk, or an open flag of severity warning or urgent
--   fell again      the step of the case says so (core.case_transitions: fall): a person had resolved it
--
-- The nights are compared, not the flag "recovered": it closes with the next estimate.
create or replace function core.brief_changes(p_school core.school, p_run ops.run, p_before ops.night, p_thin float8)
  returns table (code text, place int8, student_id int8, text text, severity int2)
  language sql stable as $$
  with t as materialized ( -- asked once, not for every student
    select core.setting(p_school.school_id, 'watch_delta_points') as points
  ), flags as materialized ( -- that were open at either night, or opened between them
    select f.student_id, f.code, f.severity, f.text, f.opened_at,
           (p_before).as_of is not null and f.opened_at <= (p_before).as_of as old,
           f.closed_at is null or f.closed_at > (p_run).as_of as open
      from core.flag f
     where f.school_id = p_school.school_id and f.severity >= 3 and f.opened_at <= (p_run).as_of
       and (f.closed_at is null or f.closed_at > coalesce((p_before).as_of, (p_run).as_of))
  ), nights as materialized (
    select s.student_id, s.external_id, e, b, core.course_kind(b.state, b.p, e.state, e.p, t.points) as kind,
           coalesce(b.state = 1, false) or s.student_id in (select f.student_id from flags f where f.old) as needed,
           coalesce(e.state = 1, false) or s.student_id in (select f.student_id from flags f where f.open) as needs
      from t
     cross join core.student s
      join core.estimate_night e on e.school_id = s.school_id and e.night = (p_run).night and e.student_id = s.student_id
      left join core.estimate_night b on b.school_id = s.school_id and b.night = (p_before).night and b.student_id = s.student_id
     where s.school_id = p_school.school_id and s.status <> 'inactive'
  ), fallen as materialized ( -- cases that a person had resolved, and that fell again since; what a run does belongs to its night
    select v.student_id, max(r.at) as since
      from core.case_event v
      left join ops.run b on b.school_id = v.school_id and b.night = (p_before).night
     cross join lateral (
            select x.at from core.case_event x
             where x.school_id = v.school_id and x.case_id = v.case_id and x.event_id < v.event_id and x.to_state = 'resolved'
               and x.from_state is distinct from 'resolved'
             order by x.event_id desc limit 1) r
     where v.school_id = p_school.school_id and v.verb = 'fall'
       and (v.at >= (p_run).started_at
            or (v.at > (p_before).as_of and v.at <= (p_run).as_of
                and not coalesce(v.at between b.started_at and b.finished_at, false)))
     group by v.student_id
  ), candidates as materialized (
    select n.* from nights n
     where (n.needs and not n.needed) or n.kind = 'worse' or ((n.b).state in (1, 2) and (n.e).state = 3)
        or n.student_id in (select f.student_id from flags f where f.open and not f.old union all select d.student_id from fallen d)
  ), muted as materialized (
    select * from core.muted_at(p_school.school_id, (p_run).as_of)
  ), gravest as materialized ( -- of what opened since
    select distinct on (f.student_id) f.student_id, f.severity, f.text, f.opened_at,
           string_agg(replace(f.code, '_', ' '), ', ') over (partition by f.student_id order by f.severity desc, f.code
             rows between 1 following and unbounded following) as others
      from flags f
     where f.open and not f.old
       and (f.student_id, f.code) not in (select m.student_id, m.code from muted m where m.student_id is not null)
       and f.code not in (select m.code from muted m where m.student_id is null)
     order by f.student_id, f.severity desc, f.code
  ), told as (
    select case
             when c.kind = 'better' and (c.b).state in (1, 2) and (c.e).state = 3 then 'recovered'
             when c.needs and d.since is not null then 'regressed'
             when c.needs and not c.needed and (g.student_id is not null or (c.e).state = 1) then 'new'
             when c.kind = 'worse' or g.student_id is not null then 'worsened'
           end as code,
           c.*, g.severity, g.text, g.others, d.since
      from candidates c
      left join gravest g on g.student_id = c.student_id
      left join fallen d on d.student_id = c.student_id
     where g.student_id is not null
        or c.student_id not in (select m.student_id from muted m where m.code = 'at_risk' and m.student_id is not null)
  ), worded as (
    select t.code, t.student_id, t.external_id, t.severity, (t.e).p, (t.e).state,
           coalesce(rtrim(t.text, '.') || coalesce('; also new: ' || t.others, ''), core.brief_estimate(t.e, p_thin)) as why,
           case when (t.e).state = (t.b).state or (t.e).state = 4 or (t.b).state = 4 then
                  format('P(pass) %s from %s to %s (80 %% interval %s) since %s; %s', m.verb, core.percent((t.b).p),
                         core.percent((t.e).p), core.interval_words((t.e).p_low, (t.e).p_high), (p_before).night,
                         core.state_look((t.e).state) ->> 'word')
                when (t.b).state is not null then
                  format('From %s to %s: P(pass) %s from %s to %s (80 %% interval %s) since %s',
                         core.state_look((t.b).state) ->> 'word', core.state_look((t.e).state) ->> 'word', m.verb,
                         core.percent((t.b).p), core.percent((t.e).p), core.interval_words((t.e).p_low, (t.e).p_high),
                         (p_before).night) end as course,
           t.kind, (t.since at time zone p_school.zone)::date as resolved_on
      from told t
     cross join lateral (select case when (t.e).p < (t.b).p then 'fell' else 'rose' end as verb) m
     where t.code is not null
  )
  select w.code, row_number() over (partition by w.code order by w.severity desc nulls last, w.p, w.external_id), w.student_id,
         case w.code
           when 'new' then w.why || '.'
           when 'recovered' then w.course || '.'
           when 'worsened' then case when w.kind = 'worse' then w.course else w.why end || '.'
           else format('Resolved on %s, and fell again: %s.', w.resolved_on,
                       case when w.severity is not null or w.course is null then w.why else w.course end) end,
         case when w.code <> 'recovered' then w.severity end
    from worded w
$$;
