-- Which mail somebody wants, what of it their roles bring at all, and whether the school sends any. Without a choice, all of it.
create or replace function core.mail_choice_json(p_me core.me) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'brief', coalesce(c.brief, true), 'digest', coalesce(c.digest, true), 'reminder', coalesce(c.reminder, true),
    'revision', coalesce(c.revision, 0), 'set_at', c.set_at,
    'offered', array(select o.name
                       from (values ('brief', 'dean'), ('digest', 'adviser'), ('reminder', 'dean'), ('reminder', 'adviser'))
                            o(name, role)
                      where o.role = any (p_me.roles) group by o.name order by o.name),
    'mail_on', core.setting(p_me.school_id, 'mail_on') > 0, 'mail_names', core.setting(p_me.school_id, 'mail_names') > 0)
    from (values (1)) one
    left join core.mail_choice c on c.school_id = p_me.school_id and c.staff_id = p_me.staff_id
$$;
