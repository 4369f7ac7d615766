-- Puts back what an import of a roster changed: field by field, where it is still as the import left it. What was changed since
-- stays and is marked as kept. Who was new becomes inactive, unless something has been done about them since: a code, a device, a
-- result, a plan, a case, a ground, a decision. Gives the students written. Locks as import_roster_apply.
create or replace function core.import_roster_undo(p_import ops.import) returns int8[]
  language plpgsql as $$
begin
  perform core.demographics_undo(p_import);
  perform core.import_write();
  perform from core.student s
    where s.school_id = p_import.school_id
      and s.student_id in (select r.student_id from ops.import_row r
                            where r.school_id = p_import.school_id and r.import_id = p_import.import_id)
    order by s.student_id
      for no key update;
  with beside as materialized (
    select r.n, s.student_id, s.external_id, core.roster_fields(s) as now,
           case when r.change <> 'new' then r.before
                when exists (select from core.progress p where p.school_id = s.school_id and p.student_id = s.student_id
                                and p.invited_at is not null)
                  or exists (select from core.result x where x.school_id::int8 = s.school_id and x.student_id = s.student_id)
                  or exists (select from core.plan_change x where x.school_id = s.school_id and x.student_id = s.student_id)
                  or exists (select from core.case_event x where x.school_id = s.school_id and x.student_id = s.student_id
                                and x.staff_id is not null)
                  or exists (select from core.ground x where x.school_id = s.school_id and x.student_id = s.student_id)
                  or exists (select from core.clearance x where x.school_id = s.school_id and x.student_id = s.student_id)
                  or core.roster_fields(s) <> r.after then r.after
                else r.after || '{"status": "inactive"}' end as wanted,
           r.after, r.change
      from ops.import_row r
      join core.student s on s.school_id = r.school_id and s.student_id = r.student_id
     where r.school_id = p_import.school_id and r.import_id = p_import.import_id
  ), told as materialized (
    select b.*, d.differing, d.back
      from beside b
     cross join lateral (
            select count(*) as differing,
                   jsonb_object_agg(a.key, b.wanted -> a.key) filter (where b.now -> a.key = a.value) as back
              from jsonb_each(b.after) a where b.wanted -> a.key <> a.value) d
  ), marked as (
    update ops.import_row r
       set undone = case when t.back is null then 'kept'
                         when (select count(*) from jsonb_object_keys(t.back)) < t.differing then 'partly' else 'restored' end
      from told t
     where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.n = t.n
  )
  insert into pg_temp.import_write (n, student_id, external_id, fields)
  select t.n, t.student_id, t.external_id, t.now || t.back from told t where t.back is not null;
  return coalesce(core.roster_store(p_import.school_id), '{}');
end
$$;
