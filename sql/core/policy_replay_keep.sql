-- Keeps the replay of a policy over the two years until a day: what api.policy_replay is asked for without days. All in one look,
-- so that the document and what it was made from belong together. All students must be in scope.
--
-- Locks: the row it writes.
create or replace function core.policy_replay_keep(p_school int4, p_policy int8, p_day date) returns void
  language sql as $$
  insert into core.policy_replay_kept as k (school_id, policy_id, revision, from_on, to_on, zone, mark, document)
  select p.school_id, p.policy_id, p.revision, d.from_on, p_day, z.zone, core.policy_replay_mark(p_school),
         core.policy_replay(p_school, p.rule, d.from_on, p_day)
    from core.policy p
    join core.school z on z.school_id = p.school_id
   cross join (values ((p_day - interval '2 years')::date)) d(from_on)
   where p.school_id = p_school and p.policy_id = p_policy
      on conflict (school_id, policy_id) do update
     set (revision, from_on, to_on, zone, mark, document)
       = (excluded.revision, excluded.from_on, excluded.to_on, excluded.zone, excluded.mark, excluded.document)
$$;
