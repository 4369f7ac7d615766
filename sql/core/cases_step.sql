-- The second half of core.cases_follow(): the reasons are as they should be; what becomes of the cases? One verb each at most, by
-- core.case_transitions(), and a line of the timeline for each difference.
--
-- "Worse" is: a graver reason than any before, for a case that waits (new, acknowledged, or put to sleep); any further reason, or a
-- fall of P by what was agreed, for one that is watched or resolved. A case in somebody's hands only gets the reason. One that
-- sleeps is woken by nothing less than urgent.
create or replace function core.cases_step(p_all core.case_difference[], p_now timestamptz) returns void
  language plpgsql as $$
begin
  with cases as (
    select c, max(s.severity) as graver, coalesce(bool_or(d.what = 'open'), false) as opened,
           coalesce(bool_or(d.what = 'fall'), false) as fell, coalesce(bool_or(d.what = 'over'), false) as over,
           bool_or(d.taken) filter (where d.what = 'plan') as taken, max(d.exam_on) as exam_on, bool_or(d.passed) as passed,
             max(d.p) as p,
           bool_and(d.case_id is null) as fresh,
           c.snooze_until > (p_now at time zone min(z.zone))::date as snoozed, max(s.open_n) as open_n,
           string_agg(d.text, ' ' order by d.severity desc, d.code) filter (where d.what in ('open', 'change')) as words
      from unnest(p_all) d
      join core.case_file c on c.school_id = d.school_id and c.student_id = d.student_id and c.attempt = d.attempt
        and c.state <> 'merged'
      join core.school z on z.school_id = d.school_id
     cross join lateral (select coalesce(max(r.severity), 1)::int2 as severity, count(*) as open_n
                           from core.case_reason r
                          where r.school_id = c.school_id and r.case_id = c.case_id and r.closed_at is null) s
     group by c.*, c.snooze_until
  ), verbs as (
    select x.*, (x.c).school_id, (x.c).case_id, (x.c).state, x.graver > (x.c).severity as rose, v.verb,
           core.case_next((x.c).state, v.verb) as next
      from cases x
     cross join lateral (
            select case
                     when x.over then 'attempt_over'
                     when (x.c).state = 'resolved' and (x.opened or x.fell or x.graver > (x.c).severity) then
                       case when (x.c).acted_at is null then 'return' else 'fall' end
                     when (x.c).state = 'watching' and (x.opened or x.fell or x.graver > (x.c).severity) then 'worsen'
                     when x.snoozed and (x.graver < 4 or (x.c).severity >= 4) then null
                     when (x.snoozed or (x.c).state in ('new', 'acknowledged')) and x.graver > (x.c).severity then 'worsen'
                     when x.open_n = 0 and (x.c).acted_at is null and (x.c).owner_id is null
                          and (x.c).state in ('new', 'regressed', 'escalating') then 'recover'
                   end as verb) v
  ), said as (
    select v.*, case
             when v.next is null then null
             when v.verb = 'attempt_over' then case when v.passed then 'The exam was passed.' else 'The exam was failed.' end
             when v.verb = 'recover' then 'The reasons went away before anybody had begun.'
             when v.verb = 'return' then 'Is back: ' || coalesce(v.words, '')
             else case when v.verb = 'fall' then 'Was resolved, and fell again: ' else 'Got worse while it waited: ' end
                  || coalesce(v.words, format('P(pass) is %s %%, from %s %%.', round(v.p::numeric * 100),
                                              round((v.c).mark_p::numeric * 100)))
           end as why
      from verbs v
  ), changed as (
    update core.case_file c
       set severity = s.graver, exam_taken = coalesce(s.taken, c.exam_taken),
           exam_on = case when s.taken is null then c.exam_on else s.exam_on end,
           state = coalesce(s.next, c.state), state_since = case when s.next is null then c.state_since else p_now end,
           state_why = coalesce(left(s.why, 1000), c.state_why),
           revision = c.revision + case when s.next is not null or s.rose or (s.opened and not s.fresh) then 1 else 0 end,
           resolution = case when s.next = 'resolved' then
                          case when s.verb = 'recover' then 'recovered' when s.passed then 'passed' else 'failed' end
                        when s.next is null then c.resolution end,
           snooze_until = case when s.next is null then c.snooze_until end,
           follow_up_on = case when s.next is distinct from 'resolved' then c.follow_up_on end,
           mark_p = case when s.next is null then c.mark_p end, mark_delta = case when s.next is null then c.mark_delta end,
           due_on = case when s.verb in ('fall', 'return') then core.case_due_on(c.school_id, s.graver, p_now) else c.due_on end
      from said s
     where c.school_id = s.school_id and c.case_id = s.case_id
    returning c.*, s.state as from_state, s.verb, s.next, s.why
  )
  insert into core.case_event (school_id, case_id, student_id, at, verb, from_state, to_state, revision, detail)
  select e.school_id, e.case_id, e.student_id, p_now, e.verb, e.from_state, e.to_state, e.revision, e.detail
    from (select c.school_id, c.case_id, c.student_id, 'reason_' || d.what as verb, c.from_state, c.from_state as to_state,
      c.revision,
                 jsonb_build_object('code', d.code, 'severity', core.severity_name(d.severity), 'text', d.text) as detail, 1 as n,
                   d.code
            from changed c
            join unnest(p_all) d on d.school_id = c.school_id and d.student_id = c.student_id and d.attempt = c.attempt
           where d.what in ('open', 'change', 'close')
          union all
          select c.school_id, c.case_id, c.student_id, c.verb, c.from_state, c.state, c.revision,
            jsonb_build_object('sentence', c.why),
                 2, null
            from changed c where c.next is not null) e
   order by e.school_id, e.case_id, e.n, e.code;

  -- The reasons of an attempt end with it.
  update core.case_reason r set closed_at = p_now
    from unnest(p_all) d
   where d.what = 'over' and r.school_id = d.school_id and r.case_id = d.case_id and r.closed_at is null;
  update core.case_file c set severity = 1
    from unnest(p_all) d where d.what = 'over' and c.school_id = d.school_id and c.case_id = d.case_id;
end
$$;
