-- From when on a message that is ready at a time may be sent: at once, or when the quiet hours of the school's zone are over. They
-- may go past midnight (20 to 7); from and to alike are none. An hour that the clock leaps over begins when it has.
create or replace function core.post_not_before(p_school int4, p_at timestamptz) returns timestamptz
  language sql stable as $$
  with t as materialized ( -- else each mention of an hour asks for the setting
    select s.zone, p_at at time zone s.zone as local, core.setting(p_school, 'quiet_from_h')::int4 as from_h,
           core.setting(p_school, 'quiet_to_h')::int4 as to_h
      from core.school s where s.school_id = p_school
  ), h as (
    select t.*, extract(hour from t.local)::int4 as hour from t
  )
  select case
           when from_h < to_h and hour >= from_h and hour < to_h then (local::date + to_h * interval '1 h') at time zone zone
           when from_h > to_h and hour >= from_h then (local::date + 1 + to_h * interval '1 h') at time zone zone
           when from_h > to_h and hour < to_h then (local::date + to_h * interval '1 h') at time zone zone
           else p_at end
    from h
$$;
