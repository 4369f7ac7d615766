-- Sets one of the numbers the office works by, {"revision", "value"}, or with value null goes back to the default. What guards the
-- door (core.setting_right) takes an administrator and a fresh proof, the rest a dean. Refuses 404 for a key that is none, 422
-- beyond the bounds, 409 conflict where "revision" is not the setting's (0 where the school has set none). PUT
-- /api/v1/settings/{key}
--
-- Who: sg_office. Ground: the office's own work. Locks: the setting's row.
create or replace function api.setting_set(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_right constant text := core.setting_right(coalesce(p_args ->> 'key', ''));
  v_me core.me := core.staff_enter(p_caller, v_right, p_write => true, p_step_up => v_right = 'settings');
  v_body constant jsonb := p_args -> 'body';
  v_key text;
  v_value jsonb;
  v_old jsonb;
  v_revision int4;
begin
  perform core.args_known(p_args, '{key}', '{revision,value}');
  v_key := core.arg(p_args, 'key', true, 60);
  v_revision := core.arg_number(v_body, 'revision', 0, 0, 2147483647);
  v_old := core.setting_json(v_me.school_id, v_key);
  v_value := v_body -> 'value';
  if v_old is null then
    perform core.refuse(404, 'not_found', 'There is no such setting.', 'key');
  elsif v_value is null then
    perform core.refuse(422, 'missing', '"value" is missing.', 'value', 'Give a number, or null for the default.');
  elsif jsonb_typeof(v_value) not in ('number', 'null')
        or not (v_value #>> '{}')::numeric between (v_old ->> 'low')::numeric and (v_old ->> 'high')::numeric then
    perform core.refuse(422, 'invalid', format('"%s" must be a number from %s to %s.', v_key, v_old ->> 'low', v_old ->> 'high'),
                        'value');
  end if;
  if jsonb_typeof(v_value) = 'null' then
    delete from ops.setting s where s.school_id = v_me.school_id and s.key = v_key and s.revision = v_revision;
  elsif v_revision = 0 then
    insert into ops.setting (school_id, key, value, set_by, set_at) values (v_me.school_id, v_key, v_value, v_me.staff_id, v_me.now)
        on conflict (school_id, key) do nothing;
  else
    update ops.setting s set value = v_value, set_by = v_me.staff_id, set_at = v_me.now, revision = s.revision + 1
     where s.school_id = v_me.school_id and s.key = v_key and s.revision = v_revision;
  end if;
  if not found and not (jsonb_typeof(v_value) = 'null' and v_revision = 0 and v_old ->> 'revision' = '0') then
    perform core.conflict(core.setting_json(v_me.school_id, v_key));
  end if;
  perform core.note_done(v_me, 'setting_set', '{}', jsonb_build_object('key', v_key, 'from', v_old -> 'value', 'to', v_value));
  return core.reply(core.setting_json(v_me.school_id, v_key));
end
$$;
