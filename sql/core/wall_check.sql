-- Refuses (409 counsellor_wall, with "conflicts") what was just written where it puts somebody on both sides of the wall: a ground,
-- a cover, or a decision of this person on this student. Under core.wall_lock().
create or replace function core.wall_check(p_me core.me, p_ground int8 default null, p_cover int8 default null,
                                           p_decided_on int8 default null) returns void
  language plpgsql as $$
declare
  v_conflicts jsonb;
begin
  select jsonb_agg(core.conflict_json(p_me.school_id, c.student_id, c.staff_id,
           jsonb_build_object('kind', c.counsels, 'source', c.counsels_source, 'ground_id', c.counsels_ground,
                              'cover_id', c.counsels_cover),
           jsonb_build_object('kind', c.assesses, 'source', c.assesses_source, 'ground_id', c.assesses_ground)))
    into v_conflicts
    from core.ground_conflict(p_me.school_id, p_me.now) c
   where p_ground in (c.counsels_ground, c.assesses_ground) or c.counsels_cover = p_cover
      or (c.student_id = p_decided_on and c.staff_id = p_me.staff_id);
  if v_conflicts is not null then
    perform core.refuse(409, 'counsellor_wall', 'Nobody counsels a student whom they assess or promote (LCME 11.1).', '',
                        'Choose somebody else, or end the other role first.', jsonb_build_object('conflicts', v_conflicts));
  end if;
end
$$;
