-- A page of the trail and one line more, in the page's order (by event_id): all of it, or what concerns one student, block by block
-- (audit.seen); further narrowed by whatever is not null. p_status: 'any', 'done', 'refused'.
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
      select e.* from audit.event e
       where e.school_id = p_school and e.event_id between greatest(v_low, v_block) and least(v_high, v_block + 4095)
         and p_student = any (e.students)
         and (p_staff is null or e.staff_id = p_staff) and (p_action is null or e.action = p_action)
         and (p_from is null or e.at >= p_from) and (p_to is null or e.at < p_to)
         and case p_status when 'done' then coalesce(e.status, 200) < 400 when 'refused' then e.status >= 400 else true end
       order by p_page.step * e.event_id limit v_left;
    get diagnostics v_found = row_count;
    v_left := v_left - v_found;
    exit when v_left = 0;
  end loop;
  if p_student is null then
    -- The primary key, forwards or backwards: a page reads what it shows, and what it passes over.
    if p_page.descending then
      return query
        select e.* from audit.event e
         where e.school_id = p_school and e.event_id between v_low and v_high
           and (p_staff is null or e.staff_id = p_staff) and (p_action is null or e.action = p_action)
           and (p_from is null or e.at >= p_from) and (p_to is null or e.at < p_to)
           and case p_status when 'done' then coalesce(e.status, 200) < 400 when 'refused' then e.status >= 400 else true end
         order by e.event_id desc limit v_left;
    else
      return query
        select e.* from audit.event e
         where e.school_id = p_school and e.event_id between v_low and v_high
           and (p_staff is null or e.staff_id = p_staff) and (p_action is null or e.action = p_action)
           and (p_from is null or e.at >= p_from) and (p_to is null or e.at < p_to)
           and case p_status when 'done' then coalesce(e.status, 200) < 400 when 'refused' then e.status >= 400 else true end
         order by e.event_id limit v_left;
    end if;
  end if;
end
$$;
