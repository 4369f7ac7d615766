-- The notes of a case that this person may read (core.note_readable), newest first, each as it is now with its earlier revisions.
create or replace function core.case_notes_list(p_me core.me, p_case core.case_file) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'note', n.note_id, 'by', core.staff_ref(n.school_id, n.author_id), 'tier', n.tier, 'text', n.text, 'at', first.at,
           'changed_at', n.at, 'revision', n.revision, 'retracted', n.retracted, 'mine',
             coalesce(n.author_id = p_me.staff_id, false),
           'earlier', (select coalesce(jsonb_agg(jsonb_build_object('revision', o.revision, 'at', o.at, 'tier', o.tier, 'text',
             o.text)
                                                 order by o.revision desc), '[]')
                         from core.case_note o
                        where o.school_id = n.school_id and o.note_id = n.note_id and o.revision < n.revision
                          and core.note_readable(p_me, p_case, o)))
           order by first.at desc, n.note_id desc), '[]')
    from core.case_note n
    join core.case_note first on first.school_id = n.school_id and first.note_id = n.note_id and first.revision = 1
   where n.school_id = p_case.school_id and n.case_id = p_case.case_id
     and not exists (select from core.case_note l where l.school_id = n.school_id and l.note_id = n.note_id
       and l.revision > n.revision)
     and core.note_readable(p_me, p_case, n)
$$;
