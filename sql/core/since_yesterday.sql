-- What became of a case since a night: 'new' (opened since), 'worse', 'better' or 'same'. The estimates of then and now say it
-- (core.course_kind, whose new is none here: a student who got an estimate got no worse by it); where they say nothing, the reasons
-- do that opened or closed since.
create or replace function core.since_yesterday(p_case core.case_file, p_since timestamptz, p_then core.estimate_night,
                                                p_now core.assessment, p_opened jsonb, p_closed jsonb, p_points float8) returns text
  language sql immutable parallel safe as $$
  select case when (p_case).opened_at >= p_since then 'new'
              when k.kind in ('worse', 'better') then k.kind
              when p_opened <> '[]' then 'worse'
              when p_closed <> '[]' then 'better'
              else 'same' end
    from (select core.course_kind((p_then).state, (p_then).p, (p_now).state, (p_now).p, p_points) as kind) k
$$;
