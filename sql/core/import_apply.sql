-- Does what a preview says, once: all of it or nothing. Refuses (409) what is no preview any more, what has changed since, and what
-- is stopped (core.import_stops), unless every stop is passable and p_past_brake says why. Gives the students written. Locks:
-- core.import_lock, the import, and those of its kind.
create or replace function core.import_apply(p_import ops.import, p_staff int8, p_past_brake text) returns int8[]
  language plpgsql as $$
declare
  v_import ops.import;
  v_students int8[];
  v_stops jsonb;
begin
  perform core.import_lock(p_import.school_id);
  select * into v_import from ops.import i
   where i.school_id = p_import.school_id and i.import_id = p_import.import_id for no key update;
  if v_import.state <> 'previewed' then
    perform core.refuse(409, 'conflict', 'This import is not a preview any more.', p_remedy => 'Look at what it is now.',
                        p_more => jsonb_build_object('current', core.import_json(v_import, false)));
  end if;
  v_stops := core.import_stops(v_import);
  if exists (select from jsonb_array_elements(v_stops) s where not (s ->> 'passable')::bool or p_past_brake is null) then
    perform core.refuse(409, 'stopped', v_stops -> 0 ->> 'sentence', p_remedy => v_stops -> 0 ->> 'remedy',
                        p_more => jsonb_build_object('stops', v_stops));
  end if;
  v_students := case v_import.kind
    when 'roster' then core.import_roster_apply(v_import)
    when 'plans' then core.import_plans_apply(v_import)
    when 'official_scores' then core.import_scores_apply(v_import)
    when 'advisers' then core.import_advisers_apply(v_import)
  end;
  if v_students is null then
    perform core.import_stale();
  end if;
  update ops.import i
     set state = 'applied', revision = i.revision + 1, applied_at = core.now(), applied_by = p_staff, past_brake = case
           when v_stops <> '[]' then p_past_brake end
   where i.school_id = v_import.school_id and i.import_id = v_import.import_id;
  return v_students;
end
$$;
