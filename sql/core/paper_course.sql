-- How readiness came to be what it is, for a chart on paper: the nights that were kept of one student up to a moment, [{"night",
-- "mean", "sd", "state"}], oldest first; of more than p_most the last of each week, and of more weeks than that the newest.
create or replace function core.paper_course(p_student core.student, p_as_of timestamptz, p_most int4) returns jsonb
  language sql stable as $$
  with kept as (
    select e.night, e.readiness_mean, e.readiness_sd, e.state, count(*) over () as nights,
           row_number() over (partition by date_trunc('week', e.night) order by e.night desc) = 1 as speaks
      from ops.night n
      join core.estimate_night e on e.school_id = n.school_id and e.night = n.night and e.student_id = p_student.student_id
     where n.school_id = p_student.school_id and n.as_of <= p_as_of
  ), chosen as (
    select k.* from kept k where k.nights <= p_most or k.speaks order by k.night desc limit p_most
  )
  select coalesce(jsonb_agg(jsonb_build_object('night', c.night, 'mean', round(c.readiness_mean::numeric, 2),
                                               'sd', round(c.readiness_sd::numeric, 2), 'state', core.state_name(c.state))
                            order by c.night), '[]')
    from chosen c
$$;
