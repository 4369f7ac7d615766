-- Notes in which block of the trail a line concerns these students, where no earlier line of the block did (audit.seen).
create or replace function core.note_seen(p_school int4, p_event int8, p_students int8[]) returns void
  language sql as $$
  insert into audit.seen (school_id, student_id, event_id)
  select distinct p_school, s.id, p_event from unnest(p_students) s(id)
   where not exists (select from audit.seen n
                      where n.school_id = p_school and n.student_id = s.id
                        and n.event_id >= p_event & ~4095::int8 and n.event_id < (p_event & ~4095::int8) + 4096)
$$;
