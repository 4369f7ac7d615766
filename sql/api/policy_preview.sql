-- Tries a draft on the students for whom it would speak, today: of whom the software would say something else than it does now, and
-- the counts by class. The draft counts as previewed afterwards, as it is: a change makes it a draft again. Nothing else changes.
-- POST /api/v1/policies/{policy}/preview {"revision"}
--
-- Counts below small_cell are hidden (null), because they go into minutes; the names are for whoever may see the records anyway.
--
-- Who: sg_office, right "policy". 409 conflict where "revision" is not the draft's; 409 not_a_draft. Locks: its row.
create or replace function api.policy_preview(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_named_most constant int4 := 500;
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_policy core.policy;
  v_ids int8[];
  v_differ int8[];
  v_counts jsonb;
  v_moves jsonb;
  v_named jsonb;
  v_unused jsonb;
begin
  perform core.args_known(p_args, '{policy}', '{revision}');
  v_policy := core.policy_named(v_me, p_args, p_lock => true);
  if core.arg_number(v_body, 'revision', 0, 1, 2147483647) <> v_policy.revision then
    perform core.conflict(core.policy_json(v_policy));
  elsif v_policy.state not in ('draft', 'previewed') then
    perform core.refuse(409, 'not_a_draft', 'A policy that was made active does not change.', p_remedy => 'Write a new version.');
  end if;
  v_ids := core.policy_reach(v_me.school_id, v_policy.class_year);
  with compared as materialized (
    select r.student_id, coalesce(s.class_year, 0) as class_year, r.state, coalesce(o.proposal, 'no_policy') as before,
      x.proposal as after, x.due_on
      from core.clearance_rows(v_me.school_id, v_me.now, v_ids) r
      join core.student s on s.school_id = v_me.school_id and s.student_id = r.student_id
      join core.clearance_proposals(v_me.school_id, v_me.now, v_ids, v_policy.rule) x on x.student_id = r.student_id
      left join core.clearance_proposals(v_me.school_id, v_me.now, v_ids) o on o.student_id = r.student_id
  )
  select (select jsonb_agg(jsonb_build_object('class_year', nullif(c.class_year, 0), 'students', c.n,
                             'before', core.cells_hide(v_me.school_id, c.before), 'after', core.cells_hide(v_me.school_id, c.after))
                           order by c.class_year)
            from (select b.class_year, count(*) as n,
                         jsonb_build_object('meets', count(*) filter (where b.before = 'meets'),
                           'does_not_meet', count(*) filter (where b.before = 'does_not_meet'),
                           'cannot_say', count(*) filter (where b.before = 'cannot_say'),
                           'no_policy', count(*) filter (where b.before = 'no_policy')) as before,
                         jsonb_build_object('meets', count(*) filter (where b.after = 'meets'),
                           'does_not_meet', count(*) filter (where b.after = 'does_not_meet'),
                           'cannot_say', count(*) filter (where b.after = 'cannot_say')) as after
                    from compared b group by b.class_year) c),
         (select jsonb_agg(jsonb_build_object('before', m.before, 'after', m.after,
                             'students', case when m.n >= core.setting(v_me.school_id, 'small_cell') then m.n end)
                               order by m.before, m.after)
            from (select b.before, b.after, count(*) as n from compared b where b.before <> b.after group by 1, 2) m),
         (select jsonb_agg(jsonb_build_object('student', core.student_ref(s), 'state', b.state, 'before', b.before, 'after',
           b.after, 'due_on', b.due_on)
                           order by b.after, s.family_name, s.given_name, s.external_id)
            from (select * from compared d where d.before <> d.after order by d.after, d.student_id limit c_named_most) b
            join core.student s on s.school_id = v_me.school_id and s.student_id = b.student_id),
         (select array_agg(x.student_id) from (select b.student_id from compared b where b.before <> b.after order by b.after,
           b.student_id limit c_named_most) x)
    into v_counts, v_moves, v_named, v_differ;
  select jsonb_agg(distinct e.value ->> 'instrument') into v_unused
    from core.policy_leaves(v_policy.rule) l
   cross join lateral jsonb_array_elements(l.spec -> 'of') e
   where l.kind in ('checks', 'last_check')
     and not exists (select from core.result r where r.school_id::int8 = v_me.school_id and r.student_id = any (v_ids)
                        and r.instrument = e.value ->> 'instrument');
  update core.policy p set state = 'previewed', previewed_by = v_me.staff_id, previewed_at = v_me.now
   where p.school_id = v_me.school_id and p.policy_id = v_policy.policy_id
  returning * into v_policy;
  -- What one looks at next.
  perform core.policy_replay_keep(v_me.school_id, v_policy.policy_id, (v_me.now at time zone v_me.zone)::date);
  perform core.note_done(v_me, 'policy_preview', coalesce(v_differ, '{}'), jsonb_build_object('policy_id', v_policy.policy_id,
    'revision', v_policy.revision));
  return core.reply(jsonb_build_object(
    'policy', core.policy_json(v_policy),
    'replaces', (select p.policy_id from core.policy p
                  where p.school_id = v_me.school_id and p.state = 'active' and p.class_year is not distinct
                    from v_policy.class_year),
    'small_cell', core.setting(v_me.school_id, 'small_cell'), 'counts', coalesce(v_counts, '[]'), 'moves', coalesce(v_moves, '[]'),
    'students', coalesce(v_named, '[]'), 'instruments_without_results', coalesce(v_unused, '[]')), coalesce(v_differ, '{}'),
      v_me.ground);
end
$$;
