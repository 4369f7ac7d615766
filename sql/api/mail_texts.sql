-- What the school writes to its students in its own words: the gentle reminder to who has gone silent. GET /api/v1/mail-texts
--
-- Who: sg_office, right "settings_read". Ground: the office's own work; nothing of a student is in it. Locks: none.
create or replace function api.mail_texts(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'settings_read');
begin
  perform core.args_known(p_args, '{}');
  return core.reply(jsonb_build_object('items', jsonb_build_array(core.mail_text_json(v_me.school_id, 'student_reminder'))), '{}',
                    v_me.ground);
end
$$;
