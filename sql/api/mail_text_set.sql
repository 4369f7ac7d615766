-- Writes a text anew, {"version", "subject", "body"}: "version" is the one that was seen, 0 where there was none. The words before
-- are kept. {days} and {school} are put in when it is sent; there is no name in it. Refuses 409 conflict. PUT
-- /api/v1/mail-texts/{kind}
--
-- Who: sg_office, right "policy". Ground: the office's own work. Locks: none.
create or replace function api.mail_text_set(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_kind text;
  v_seen int4;
  v_subject text;
  v_words text;
begin
  perform core.args_known(p_args, '{kind}', '{version,subject,body}');
  v_kind := core.arg(p_args, 'kind', true);
  if v_kind <> 'student_reminder' then
    perform core.refuse(404, 'not_found', 'There is no such text.', 'kind');
  end if;
  v_seen := core.arg_number(v_body, 'version', 0, 0, 2147483646);
  v_subject := core.arg(v_body, 'subject', true, 120);
  v_words := btrim(replace(core.arg(v_body, 'body', true, 4000), E'\r\n', E'\n'), E' \n');
  if v_subject ~ '[[:cntrl:]{}]' then
    perform core.refuse(422, 'invalid', 'The subject is one line, without braces.', 'subject');
  elsif regexp_replace(v_words, '\{(days|school)\}|\n', '', 'g') ~ '[[:cntrl:]{}]' then
    perform core.refuse(422, 'invalid', 'Of words in braces there are {days} and {school}, and no others.', 'body');
  elsif (core.mail_text_json(v_me.school_id, v_kind) ->> 'version')::int4 <> v_seen then
    perform core.conflict(core.mail_text_json(v_me.school_id, v_kind));
  end if;
  insert into ops.mail_text (school_id, kind, version, subject, body, written_by, written_at)
  values (v_me.school_id, v_kind, v_seen + 1, v_subject, v_words, v_me.staff_id, v_me.now)
      on conflict (school_id, kind, version) do nothing;
  if not found then
    perform core.conflict(core.mail_text_json(v_me.school_id, v_kind));
  end if;
  perform core.note_done(v_me, 'mail_text_set', '{}', jsonb_build_object('kind', v_kind, 'version', v_seen + 1));
  return core.reply(core.mail_text_json(v_me.school_id, v_kind));
end
$$;
