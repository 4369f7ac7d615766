-- What stands against applying an import, as a list of {"code", "sentence", "remedy", "passable"}; passable: a person who says why
-- may go on (past_brake). Nobody leaves by absence from a file past the brake, whatever is said: such a file was most often cut
-- short.
create or replace function core.import_stops(p_import ops.import) returns jsonb
  language sql stable as $$
  with c as (
    select coalesce((p_import.result ->> 'on_roster')::int4, 0) as on_roster, (p_import.result ->> 'changed')::int4 as changed,
           coalesce((p_import.result ->> 'leaving')::int4, 0) as leaving,
           coalesce((p_import.result ->> 'leaving_absent')::int4, 0) as leaving_absent,
           core.import_most(p_import.school_id, coalesce((p_import.result ->> 'on_roster')::int8, 0)) as most
  )
  select coalesce(jsonb_agg(jsonb_build_object('code', s.code, 'sentence', s.sentence, 'remedy', s.remedy, 'passable', s.passable)
                            order by s.n), '[]')
    from c cross join lateral (values
      (1, 'refused_rows', p_import.mode = 'strict' and p_import.refused > 0, false,
       format('%s of the file''s rows cannot be taken, and the mode is strict.', p_import.refused),
       'Correct these rows and upload the file again, or take the good rows only (lenient).'),
      (2, 'absent_unsure', p_import.absent = 'inactive' and p_import.refused > 0, false,
       format('The file is said to be the whole roster, but %s of its rows cannot be read: they may be about anybody.',
              p_import.refused),
       'Correct these rows and upload the file again, or keep those who are not in it.'),
      (3, 'brake_absent', c.leaving_absent > c.most, false,
       format('%s of %s students on the roster are not in the file; more than %s do not leave by absence.', c.leaving_absent,
              c.on_roster, c.most),
       'See whether the file is whole. Who really leaves is said by a row with status inactive.'),
      (4, 'brake_leaving', c.leaving - c.leaving_absent > c.most, true,
       format('%s students would leave, of %s on the roster; more than %s are looked at twice.', c.leaving - c.leaving_absent,
              c.on_roster, c.most),
       'Look at the rows; if they are right, say why and apply it.'),
      (5, 'brake_changed', c.changed > c.most, true,
       format('%s students would change, of %s on the roster; more than %s are looked at twice.', c.changed, c.on_roster, c.most),
       'Look at the rows; if they are right, say why and apply it.')
    ) s(n, code, stops, passable, sentence, remedy)
   where s.stops
$$;
