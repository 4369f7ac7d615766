-- What this person may do to a case now, by core.case_transitions() and their rights: [{"verb", "next", "fields"}], undo included
-- where there is something of theirs to undo.
create or replace function core.case_allowed(p_me core.me, p_case core.case_file) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('verb', v.verb, 'next', a.next, 'fields', to_jsonb(v.fields)) order by v.verb), '[]')
    from (select t.verb, t.next
            from core.case_transitions() t
           where t.state = p_case.state and t.right <> 'rule' and p_me.token_id is null and core.may(p_me, t.right)
             and (t.verb <> 'wake' or p_case.snooze_until is not null)
             and (t.verb <> 'hand_back' or p_case.held_for is not null)
             and (t.verb <> 'take' or core.case_may_take(p_me, p_case))
          union all
          select 'undo', coalesce(e.before ->> 'state', p_case.state)
            from core.case_event e
            join core.case_verbs() u on u.verb = e.verb and u.undoable
           where e.school_id = p_case.school_id and e.case_id = p_case.case_id and e.revision = p_case.revision
             and e.staff_id = p_me.staff_id and e.at + core.setting(p_me.school_id, 'undo_min') * interval '1 min' > p_me.now) a
    join core.case_verbs() v on v.verb = a.verb
$$;
