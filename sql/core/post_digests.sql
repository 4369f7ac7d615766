-- Puts the night's digest into the post for each adviser: the brief's lists over the students whom that person counsels, cover
-- included (core.sides), and nobody else's. Who is on a committee or assesses is written to about none of those students: what
-- makes a counsellor act must not colour who judges (LCME 11.1). Clearance and the order of the queue are the deans' lists.
--
-- Nothing to tell, no digest: a night's news makes one; what merely still stands (overdue, silent, …) does so once a week, on the
-- night before Monday, and otherwise goes along. Without mail_names a list is its number. Gives how many.
create or replace function core.post_digests(p_school core.school, p_run ops.run, p_now timestamptz) returns int4
  language plpgsql as $$
declare
  c_news constant text[] := '{new,worsened,regressed,recovered}';
  c_deans constant text[] := '{clearance_due,queue,not_yet}';
  v_names constant bool := core.setting(p_school.school_id, 'mail_names') = 1;
  v_most constant int8 := core.setting(p_school.school_id, 'brief_lines_most');
  v_weekly constant bool := extract(isodow from p_run.night) = 1;
  v_thin constant float8 := (select l.thin_sd from core.model_lines(p_school.school_id) l);
  v_before ops.night;
  v_person record;
  v_new int4 := 0;
begin
  select * into v_before from ops.night n
   where n.school_id = p_school.school_id and n.night < p_run.night order by n.night desc limit 1;
  for v_person in
    with people as materialized (
      select s.staff_id, s.email
        from core.staff s
        left join core.mail_choice w on w.school_id = s.school_id and w.staff_id = s.staff_id
       where s.school_id = p_school.school_id and s.status = 'active' and 'adviser' = any (s.roles) and coalesce(w.digest, true)
    ), load as materialized (
      select distinct d.staff_id, d.student_id
        from core.sides(p_school.school_id, p_now) d
        join people p on p.staff_id = d.staff_id
       where d.side = 'counsels' and p_now >= d.valid_from and p_now < d.valid_until
    ), counts as (
      select l.staff_id, count(*) as students,
             jsonb_build_object('at_risk', count(*) filter (where e.state = 1), 'borderline', count(*) filter (where e.state = 2),
                                'on_track', count(*) filter (where e.state = 3),
                                'cannot_say', count(*) filter (where e.state is null or e.state = 4)) as counts
        from load l
        join core.student s on s.school_id = p_school.school_id and s.student_id = l.student_id and s.status <> 'inactive'
        left join core.estimate_night e on e.school_id = s.school_id and e.night = p_run.night and e.student_id = s.student_id
       group by l.staff_id
    ), lines as materialized (
      select * from core.brief_changes(p_school, p_run, v_before, v_thin)
      union all select * from core.brief_cases(p_school, p_run)
      union all select * from core.brief_contacts(p_school, p_run)
      union all select * from core.brief_exams(p_school, p_run, v_thin)
    ), told as (
      select l.staff_id, b.code, b.student_id, b.text,
             row_number() over (partition by l.staff_id, b.code order by b.place) as place
        from lines b
        join load l on l.student_id = b.student_id
       where b.code <> all (c_deans)
    ), lists as (
      select t.staff_id, k.place, t.code,
             jsonb_build_object('code', t.code, 'title', k.title, 'means', k.means, 'n', count(*))
             || case when v_names then jsonb_build_object('lines', jsonb_agg(
                  jsonb_build_object('student_id', s.external_id, 'text', t.text) order by t.place)
                  filter (where t.place <= v_most)) else '{}' end as list
        from told t
        join core.brief_lists() k on k.code = t.code
        join core.student s on s.school_id = p_school.school_id and s.student_id = t.student_id
       group by t.staff_id, k.place, t.code, k.title, k.means
    ), named as (
      select n.staff_id, jsonb_object_agg(s.external_id, core.post_name(s)) as names
        from (select distinct t.staff_id, t.student_id from told t where v_names) n
        join core.student s on s.school_id = p_school.school_id and s.student_id = n.student_id
       group by n.staff_id
    )
    select p.staff_id, p.email, c.students, c.counts, x.lists, coalesce(n.names, '{}') as names
      from people p
      join counts c on c.staff_id = p.staff_id
      join (select l.staff_id, jsonb_agg(l.list order by l.place) as lists, bool_or(l.code = any (c_news)) as news
              from lists l group by l.staff_id) x on x.staff_id = p.staff_id
      left join named n on n.staff_id = p.staff_id
     where x.news or v_weekly
     order by p.staff_id
  loop
    if core.post_put(p_school.school_id, 'digest', format('digest/%s/staff/%s', p_run.night, v_person.staff_id), v_person.email,
                     jsonb_build_object('night', p_run.night, 'as_of', p_run.as_of, 'previous_night', v_before.night,
                                        'students', v_person.students, 'counts', v_person.counts, 'lists', v_person.lists)
                     || case when v_names then jsonb_build_object('names', v_person.names) else '{}' end,
                     p_now, p_now, v_person.staff_id, p_run => p_run.run_id) is not null then
      v_new := v_new + 1;
    end if;
  end loop;
  return v_new;
end
$$;
