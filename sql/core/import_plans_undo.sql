-- Says again of each attempt what was said before the import, where what is in force is still the import's. The log only grows:
-- that an exam was not taken after all, or has no outcome, cannot be said in it, and a permit cannot be unsaid, so such a row is
-- kept or partly restored, and a person has to say what is right. Gives the students written. Locks as import_plans_apply.
create or replace function core.import_plans_undo(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_students int8[];
  v_attempts int2[];
  v_actions jsonb;
  v_fields jsonb[];
begin
  perform core.import_hold(p_import);
  select array_agg(w.student_id order by w.n), array_agg(w.attempt order by w.n), jsonb_agg(w.actions order by w.n),
         array_agg(w.before order by w.n)
    into v_students, v_attempts, v_actions, v_fields
    from (select r.n, r.student_id, (r.done ->> 'attempt')::int2 as attempt, coalesce(r.before, '{}') as before,
                 (select jsonb_agg(k.action)
                    from (values (1, '{planned_on,permit_from,permit_to}'::text[]), (3, '{taken_on}'),
                                 (4, '{outcome,outcome_known_on}')) k(action, keys)
                   where r.done -> 'actions' @> to_jsonb(k.action) and (k.action = 1 or r.before ->> k.keys[1] is not null)
                     and not exists (select from unnest(k.keys) f
                                      where coalesce(now.fields -> f.f, 'null') <> coalesce(r.after -> f.f, 'null'))) as actions
            from ops.import_row r
           cross join lateral core.plan_fields(r.school_id, r.student_id, (r.done ->> 'attempt')::int2) now(fields)
           where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept') w
   where w.actions is not null;
  perform core.plan_say(p_import.school_id, v_students, v_attempts, v_actions, v_fields);
  update ops.import_row r
     set undone = case when d.differing = 0 then 'restored' when d.differing < d.changed then 'partly' else 'kept' end
    from (select x.n, count(*) filter (where x.before -> a.key is distinct from a.value) as changed,
                 count(*) filter (where x.before -> a.key is distinct from a.value
                                    and coalesce(now.fields -> a.key, 'null') <> coalesce(x.before -> a.key, 'null')) as differing
            from ops.import_row x
           cross join lateral core.plan_fields(x.school_id, x.student_id, (x.done ->> 'attempt')::int2) now(fields)
           cross join lateral jsonb_each(x.after) a
           where x.school_id = p_import.school_id and x.import_id = p_import.import_id and x.change <> 'kept'
           group by x.n) d
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.n = d.n;
  return coalesce(v_students, '{}');
end
$$;
