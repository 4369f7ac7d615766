-- Tells one person of things that just became so: [{"key", "student_id", "case_id", "text"}], each once for ever by its key. Up to
-- p_most mails of this kind a day go out one by one; what is beyond is gathered in one more, and what comes after that one has left
-- in one on the next morning. So a bad day is p_most + 1 mails, and nothing is lost. Gives how many things are new.
--
-- A mail about one thing has its case's page as its link; a list leads to the queue. The words about a student go in where names
-- are allowed out, and only there.
create or replace function core.post_tell(p_school int4, p_kind text, p_staff int8, p_things jsonb, p_most int4, p_now timestamptz)
  returns int4
  language plpgsql as $$
declare
  v_names constant bool := core.setting(p_school, 'mail_names') = 1;
  v_zone constant text := (select s.zone from core.school s where s.school_id = p_school);
  v_address constant text := (select s.email from core.staff s where s.school_id = p_school and s.staff_id = p_staff);
  v_day date;
  v_not_before timestamptz := core.post_not_before(p_school, p_now);
  v_sent int4;
  v_message int8;
  v_list int8;
  v_thing record;
  v_new int4 := 0;
begin
  v_day := (v_not_before at time zone v_zone)::date;
  select count(*) into v_sent from ops.message m
   where m.school_id = p_school and m.staff_id = p_staff and m.kind = p_kind and m.state not in ('gathered', 'dropped')
     and m.made_at > p_now - interval '3 days' and (m.not_before at time zone v_zone)::date = v_day;
  for v_thing in
    select p_kind || '/' || (t.thing ->> 'key') || '/staff/' || p_staff as key, (t.thing ->> 'case_id')::int8 as case_id,
           jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
             'case', t.thing -> 'case_id',
             'who', case when v_names and s.student_id is not null then format('%s (%s)', core.post_name(s), s.external_id) end,
             'text', case when v_names then t.thing -> 'text' end))) as items
      from jsonb_array_elements(p_things) with ordinality t(thing, i)
      left join core.student s on s.school_id = p_school and s.student_id = (t.thing ->> 'student_id')::int8
     where not exists (select from ops.message m
                        where m.school_id = p_school
                          and m.dedup_key = p_kind || '/' || (t.thing ->> 'key') || '/staff/' || p_staff)
     order by t.i
  loop
    v_message := core.post_put(p_school, p_kind, v_thing.key, v_address, jsonb_build_object('n', 1, 'items', v_thing.items), p_now,
                               v_not_before, p_staff, p_case => v_thing.case_id);
    if v_message is not null then
      v_new := v_new + 1;
      v_sent := v_sent + 1;
      if v_sent > p_most then
        v_list := coalesce(v_list, core.post_list(p_school, p_kind, p_staff, v_address, v_day, p_now, v_not_before));
        exit when v_list is null; -- three days full: nobody reads them
        update ops.message m set state = 'gathered', gathered_into = v_list, ended_at = p_now
         where m.school_id = p_school and m.message_id = v_message and m.state = 'waiting';
        update ops.message m
           set document = m.document || jsonb_build_object('n', (m.document ->> 'n')::int4 + 1,
                                                           'items', m.document -> 'items' || v_thing.items)
         where m.school_id = p_school and m.message_id = v_list;
      end if;
    end if;
  end loop;
  return v_new;
end
$$;
