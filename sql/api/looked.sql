-- Puts on the trail what somebody of the office was shown or refused, and notes that the session was seen. The daemon calls it
-- after reading and before the answer leaves, so that nothing is shown that is not on the trail; for a refusal too, whoever it was.
-- What showed no student's record, was no file (format=csv, or a paper in some form), and was not refused leaves no line. p_detail
-- is what was asked: the request's path and query parameters. A change refused as a conflict shows the record as it is now: a look
-- at the student whom its path names, or whose case or request it names. p_background: a page asked this by itself, so it is no
-- sign that somebody is there, and the time without doing anything goes on.
--
-- Who: sg_office. Ground: the reader's own, as the reading function gave it. Locks: the session's row.
drop function if exists api.looked(api.caller, text, int2, int8[], text, jsonb);
create or replace function api.looked(p_caller api.caller, p_route text, p_status int2, p_students int8[], p_ground text,
                                      p_detail jsonb, p_background bool default false) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_caller.school_code);
  v_now constant timestamptz := core.now();
  v_staff int8;
  v_token int8;
  v_event int8;
  v_students int8[] := coalesce(p_students, '{}');
  v_ground text := p_ground;
begin
  if p_caller.service then
    select t.token_id into v_token from core.service_token t
     where t.school_id = v_school.school_id and t.token_hash = p_caller.token_hash;
    update core.service_token t set last_used_at = v_now
     where t.school_id = v_school.school_id and t.token_id = v_token and t.last_used_at is distinct from v_now
       and (t.last_used_at is null or t.last_used_at < v_now - interval '1 min');
  else
    select s.staff_id into v_staff from core.session s
     where s.school_id = v_school.school_id and s.token_hash = p_caller.token_hash;
    -- A minute's grain, so that a page that asks ten things at once does not write ten times.
    update core.session s set last_seen_at = v_now
     where s.school_id = v_school.school_id and s.token_hash = p_caller.token_hash and s.ended_at is null
       and p_status < 400 and not p_background and s.last_seen_at < v_now - interval '20 s';
  end if;
  if p_status = 409 and v_staff is not null then
    v_students := array(select s.student_id from core.student s
                         where s.school_id = v_school.school_id and s.external_id = p_detail ->> 'student'
                        union
                        select c.student_id from core.case_file c
                         where c.school_id = v_school.school_id and c.case_id = (p_detail ->> 'case')::int8
                        union
                        select r.student_id from core.record_request r
                         where r.school_id = v_school.school_id and r.request_id = (p_detail ->> 'request')::int8);
  end if;
  -- Of those who see a few students only, a list may rest on several grounds.
  if v_ground is null and v_staff is not null and cardinality(v_students) > 0 then
    v_ground := coalesce((select string_agg(distinct g.ground, '; ') from core.students_of(v_school.school_id, v_staff, v_now) g
                           where g.student_id = any (v_students)),
                         (select min(r.role) || ' of the school' from core.role_rights() r
                            join core.staff p on p.school_id = v_school.school_id and p.staff_id = v_staff
                                                and r.role = any (p.roles)
                           where r.right = 'records' and r.reach = 'school'));
  end if;
  -- Who asks too often would fill the trail with it: the daemon's log has that; and of those whom nobody knows a network leaves a
  -- line a minute. A cursor may hold a name.
  if (cardinality(v_students) > 0 or p_status >= 400 or p_detail ->> 'format' = 'csv' or p_detail ? 'form') and p_status <> 429
     and (v_staff is not null or v_token is not null or not exists (
            select from audit.event e
             where e.school_id = v_school.school_id and e.at > clock_timestamp() - interval '1 min' and e.actor = 'nobody'
               and core.network_of(e.address) = core.network_of(p_caller.address))) then
    insert into audit.event (school_id, actor, action, students, detail, staff_id, ground, address, request_id, status)
    values (v_school.school_id, coalesce('token/' || v_token, 'staff/' || v_staff, 'nobody'), p_route, v_students,
            coalesce(p_detail, '{}') - 'cursor', v_staff, v_ground, p_caller.address, p_caller.request_id, p_status)
    returning event_id into v_event;
    perform core.note_seen(v_school.school_id, v_event, v_students);
  end if;
end
$$;
