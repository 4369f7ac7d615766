-- Who is on a school's roster, a page at a time: the numbers of those after p_after, in order, at most p_max.
--
-- Who: sg_report, sg_operator (assessing everybody). Ground: computing. Locks: none.
create or replace function api.student_numbers(p_school_code text, p_after int8, p_max int4) returns setof int8
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return query
  select s.student_id from core.student s
   where s.school_id = v_school.school_id and s.student_id > p_after and s.status <> 'inactive'
   order by s.student_id limit p_max;
end
$$;
