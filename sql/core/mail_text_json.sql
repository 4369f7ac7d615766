-- The school's own words of a kind, in their newest version; with version 0 and empty words where there are none. "on": whether
-- they are sent at all.
create or replace function core.mail_text_json(p_school int4, p_kind text) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'kind', p_kind, 'version', coalesce(t.version, 0), 'subject', coalesce(t.subject, ''), 'body', coalesce(t.body, ''),
    'written_by', core.staff_ref(p_school, t.written_by), 'written_at', t.written_at,
    'on', core.setting(p_school, 'mail_on') > 0 and core.setting(p_school, 'student_reminder_on') > 0)
    from (values (1)) one
    left join lateral (select * from ops.mail_text m
                        where m.school_id = p_school and m.kind = p_kind order by m.version desc limit 1) t on true
$$;
