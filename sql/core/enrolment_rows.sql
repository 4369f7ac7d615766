-- For each student who is not inactive: devices, those in force, the newest code that was not spent, and what follows (state).
create or replace function core.enrolment_rows(p_school int4, p_now timestamptz)
  returns table (student core.student, state text, devices int8, in_force int8, code_issued timestamptz, code_until timestamptz,
                 last_seen timestamptz)
  language sql stable as $$
  select s, core.enrolment_state(coalesce(d.in_force, 0), coalesce(d.devices, 0), c.code_until, p_now), coalesce(d.devices, 0),
         coalesce(d.in_force, 0), c.code_issued, c.code_until, p.last_sync_at
    from core.student s
    join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
    left join (select d.student_id, count(*) as devices,
                      count(*) filter (where d.revoked_at is null
                                         and exists (select from core.certificate x
                                                      where x.school_id = d.school_id and x.device_id = d.device_id
                                                        and x.state = 'issued' and x.not_after > p_now)) as in_force
                 from core.device d where d.school_id = p_school group by d.student_id) d on d.student_id = s.student_id
    left join (select distinct on (c.student_id) c.student_id, c.issued_at as code_issued, c.expires_at as code_until
                 from core.enrol_code c where c.school_id = p_school and c.spent_at is null
                order by c.student_id, c.issued_at desc) c on c.student_id = s.student_id
   where s.school_id = p_school and s.status <> 'inactive'
$$;
