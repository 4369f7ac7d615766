-- Who stands on both sides of the counsellor wall for a student, now or in time to come: what a roster brought, or a change of
-- address. What people do here is refused before it comes to that. Columns to sort by: student. GET /api/v1/conflicts
--
-- Who: sg_office. Ground: dean of the school. Locks: none.
create or replace function api.conflicts(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'assign');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_students int8[];
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{student}');
  with found as (
    select c.*, row_number() over (order by c.student_id, c.staff_id, c.counsels, c.assesses) as id,
           to_jsonb(lower(s.family_name || ', ' || s.given_name)) as key
      from core.ground_conflict(v_me.school_id, v_me.now) c
      join core.student s on s.school_id = v_me.school_id and s.student_id = c.student_id
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.conflict_json(v_me.school_id, p.student_id, p.staff_id,
           jsonb_build_object('kind', p.counsels, 'source', p.counsels_source, 'ground_id', p.counsels_ground,
                              'cover_id', p.counsels_cover),
           jsonb_build_object('kind', p.assesses, 'source', p.assesses_source, 'ground_id', p.assesses_ground))
            order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n)),
         (array_agg(p.student_id order by p.n))[:v_page.most]
    into v_items, v_total, v_next, v_students from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, coalesce(v_students, '{}'),
    '{student.student_id,student.family_name,student.given_name,staff.name,counsels.kind,counsels.source,assesses.kind,'
    'assesses.source}');
end
$$;
