-- Puts a mail into the post by which the way to the mail server is tried, whether mail is on or not. `stepguard-report test` sends
-- it at once and shows what the server said. Gives its number.
--
-- Who: sg_report. Ground: running the service; nothing of a student is in it. Locks: none.
create or replace function api.message_test(p_school_code text, p_address text) returns int8
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_now constant timestamptz := core.now();
begin
  if not core.post_address_good(p_address) then
    raise exception '"%" is no address that a mail can be sent to', left(p_address, 80) using errcode = 'invalid_parameter_value';
  end if;
  perform core.note(v_school.school_id, 'message_test', '{}', '{}');
  return core.post_put(v_school.school_id, 'test', format('test/%s', gen_random_uuid()), p_address, '{}', v_now, v_now);
end
$$;
