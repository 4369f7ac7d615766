-- The lists silent, never_synced and not_yet of a night's brief, who has been waited for longest first. Who was in contact after
-- the night, and was silent in it, is known by the flag alone, in its words. Not who is muted: on leave, or nothing arrives from
-- anybody (core.muted_at).
create or replace function core.brief_contacts(p_school core.school, p_run ops.run)
  returns table (code text, place int8, student_id int8, text text, severity int2)
  language sql stable as $$
  with t as materialized ( -- asked once, not for every student
    select (p_run).as_of - core.setting(p_school.school_id, 'silent_days') * interval '1 day' as silent
  ), found as materialized (
    select s.student_id, s.external_id, k.code, k.since, k.text, k.severity
      from t
     cross join core.student s
      join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
      left join core.flag f on p.last_sync_at > (p_run).as_of and f.school_id = s.school_id and f.student_id = s.student_id
                           and f.code = 'gone_silent' and f.opened_at <= (p_run).as_of
                           and (f.closed_at is null or f.closed_at > (p_run).as_of)
     cross join lateral (
            select (p.last_sync_at at time zone p_school.zone)::date as contact_on,
                   (v.at at time zone p_school.zone)::date as let_in_on,
                   v.at
              from (select coalesce(p.enrolled_at, p.invited_at) as at) v) d
     cross join lateral (
            select 'silent' as code, p.last_sync_at as since,
                   format('Last contact on %s, %s.', d.contact_on, core.days_words(d.contact_on - (p_run).night)) as text,
                   f.severity
             where p.last_sync_at < t.silent
            union all
            select 'silent', f.opened_at, f.text, f.severity where f.student_id is not null
            union all
            select 'never_synced', d.at,
                   format('%s on %s, %s, and never in contact.', case when p.enrolled_at is null then 'Invited' else 'Enrolled' end,
                          d.let_in_on, core.days_words(d.let_in_on - (p_run).night)), null
             where p.last_sync_at is null and d.at <= (p_run).as_of
            union all
            select 'not_yet', p.changed_at,
                   format('What changed on %s is not in the estimate yet.',
                          to_char(p.changed_at at time zone p_school.zone, 'YYYY-MM-DD HH24:MI')), null
             where p.assessed_version < p.version and p.changed_at <= (p_run).as_of) k
     where s.school_id = p_school.school_id and s.status <> 'inactive'
  ), muted as materialized (
    select m.student_id, case m.code when 'gone_silent' then 'silent' else m.code end as code
      from core.muted_at(p_school.school_id, (p_run).as_of) m
     where m.code in ('gone_silent', 'never_synced')
  )
  select f.code, row_number() over (partition by f.code order by f.since, f.external_id), f.student_id, f.text, f.severity
    from found f
    left join core.attempt_fact a on a.school_id = p_school.school_id and a.student_id = f.student_id
   where (f.student_id, f.code) not in (select m.student_id, m.code from muted m where m.student_id is not null)
     and f.code not in (select m.code from muted m where m.student_id is null)
     and (f.code = 'not_yet' or not coalesce(a.passed or a.taken, false))
$$;
