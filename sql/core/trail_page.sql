-- A page of the trail and one line more, in the page's order (by event_id): all of it, what concerns one student, block by block
-- (audit.seen), or one action by the index that has them together; further narrowed by whatever is not null (core.trail_lines).
create or replace function core.trail_page(p_school int4, p_page core.page, p_student int8 default null, p_staff int8 default null,
                                           p_action text default null, p_from timestamptz default null,
                                           p_to timestamptz default null, p_status text default 'any') returns setof audit.event
  language plpgsql stable
  set plan_cache_mode = force_generic_plan -- planning each block by itself takes a sixth of the time
as $$
declare
  v_low int8 := case when p_page.descending then 0 else coalesce(p_page.after_id + 1, 0) end;
  v_high int8 := case when p_page.descending then coalesce(p_page.after_id - 1, 9223372036854775807) else 9223372036854775807 end;
  v_left int4 := p_page.most + 1;
  v_block int8;
  v_found int4;
begin
  for v_block in
    select b.block from (
      select distinct n.event_id & ~4095::int8 as block from audit.seen n
       where n.school_id = p_school and n.student_id = p_student
         and n.event_id between v_low & ~4095::int8 and v_high | 4095) b
     order by p_page.step * b.block
  loop
    return query
      select e.* from core.trail_lines(p_school, greatest(v_low, v_block), least(v_high, v_block + 4095), p_staff, p_action, p_from,
                                       p_to, p_status) e
       where p_student = any (e.students)
       order by p_page.step * e.event_id limit v_left;
    get diagnostics v_found = row_count;
    v_left := v_left - v_found;
    exit when v_left = 0;
  end loop;
  -- An index, forwards or backwards: a page reads what it shows, and what it passes over.
  if p_student is not null then
    return;
  elsif p_action is not null and p_page.descending then
    return query select e.* from core.trail_lines(p_school, v_low, v_high, p_staff, null, p_from, p_to, p_status) e
      where e.action = p_action order by e.event_id desc limit v_left;
  elsif p_action is not null then
    return query select e.* from core.trail_lines(p_school, v_low, v_high, p_staff, null, p_from, p_to, p_status) e
      where e.action = p_action order by e.event_id limit v_left;
  elsif p_page.descending then
    return query select e.* from core.trail_lines(p_school, v_low, v_high, p_staff, null, p_from, p_to, p_status) e
      order by e.event_id desc limit v_left;
  else
    return query select e.* from core.trail_lines(p_school, v_low, v_high, p_staff, null, p_from, p_to, p_status) e
      order by e.event_id limit v_left;
  end if;
end
$$;
