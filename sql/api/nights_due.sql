-- The nights that are to be evaluated, up to p_last, in order: those since the last one that was finished, and those that were
-- begun and not finished. At most the newest p_most; what lies before is passed over, and said: passed_from and passed_to stand
-- with each row, and are null where nothing is. Where no night was ever begun, the last one alone; where nothing is due, p_last,
-- which is done.
--
-- Who: sg_report. Ground: running the service. Locks: none.
create or replace function api.nights_due(p_school_code text, p_last date, p_most int4)
  returns table (night date, passed_from date, passed_to date)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_done date := (select max(r.night) from ops.run r where r.school_id = v_school.school_id and r.finished_at is not null);
begin
  return query
  with due as (
    select d.day::date as day
      from generate_series(v_done + 1, p_last, interval '1 day') d(day)
    union
    select r.night from ops.run r
     where r.school_id = v_school.school_id and r.finished_at is null and r.night <= p_last
    union
    select p_last
  ), numbered as (
    select d.day, row_number() over (order by d.day desc) as n from due d
  )
  select k.day, p.first, p.last
    from numbered k
   cross join (select min(x.day) as first, max(x.day) as last from numbered x where x.n > p_most) p
   where k.n <= p_most
   order by k.day;
end
$$;
