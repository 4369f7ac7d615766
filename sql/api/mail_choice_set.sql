-- Chooses which mail one wants, {"revision", "brief", "digest", "reminder"}; what is absent stays. What is urgent or escalated
-- comes in any case. Refuses 409 conflict where "revision" is not the choice's (0 where none was made). PUT /api/v1/me/mail
--
-- Who: sg_office. Ground: one's own account. Locks: the choice's row.
create or replace function api.mail_choice_set(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_old constant jsonb := core.mail_choice_json(v_me);
  v_revision int4;
  v_new core.mail_choice;
begin
  perform core.args_known(p_args, '{}', '{revision,brief,digest,reminder}');
  v_revision := core.arg_number(v_body, 'revision', 0, 0, 2147483647);
  v_new.brief := core.arg_flag(v_body, 'brief', (v_old ->> 'brief')::bool);
  v_new.digest := core.arg_flag(v_body, 'digest', (v_old ->> 'digest')::bool);
  v_new.reminder := core.arg_flag(v_body, 'reminder', (v_old ->> 'reminder')::bool);
  if v_revision = 0 then
    insert into core.mail_choice (school_id, staff_id, brief, digest, reminder, set_at)
    values (v_me.school_id, v_me.staff_id, v_new.brief, v_new.digest, v_new.reminder, v_me.now)
        on conflict (school_id, staff_id) do nothing;
  else
    update core.mail_choice c
       set brief = v_new.brief, digest = v_new.digest, reminder = v_new.reminder, set_at = v_me.now, revision = c.revision + 1
     where c.school_id = v_me.school_id and c.staff_id = v_me.staff_id and c.revision = v_revision;
  end if;
  if not found then
    perform core.conflict(core.mail_choice_json(v_me));
  end if;
  perform core.note_done(v_me, 'mail_choice_set', '{}', jsonb_build_object(
    'from', v_old - '{offered,mail_on,mail_names,set_at}'::text[],
    'to', core.mail_choice_json(v_me) - '{offered,mail_on,mail_names,set_at}'::text[]));
  return core.reply(core.mail_choice_json(v_me));
end
$$;
