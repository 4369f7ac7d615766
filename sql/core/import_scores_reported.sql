-- What students themselves reported of the sittings that a preview of official scores would bring or correct: {"n": sittings
-- reported, "differ": of those, "largest": the greatest difference in points, reported less official, "lines": the twenty greatest,
-- in words without names}. Kept with each row as "reported" {"score", "scale", "difference"}. Results on different scales differ by
-- no number, and stand first.
create or replace function core.import_scores_reported(p_import ops.import) returns jsonb
  language plpgsql as $$
declare
  c_lines constant int4 := 20;
  v_zone text;
  v_counts jsonb;
begin
  select s.zone into v_zone from core.school s where s.school_id = p_import.school_id;
  with told as materialized (
    select w.n, o.difference, jsonb_build_object('score', o.score, 'scale', o.scale, 'difference', o.difference) as said,
           format('line %s: the student reported %s', w.line, o.score)
           || case when o.difference is null then format(' on the scale %s', o.scale)
                   else format(' (%s%s)', case when o.difference > 0 then '+' else '' end, o.difference) end as words
      from ops.import_row w
     cross join lateral (
            select trim_scale(r.score_centi / 100.0) as score, m.scale,
                   case when m.scale = w.after ->> 'scale' then
                     trim_scale(r.score_centi / 100.0 - (w.after ->> 'score')::numeric) end as difference
              from (select distinct on (y.result_id) y.*
                      from core.result y
                     where y.school_id::int8 = w.school_id and y.student_id = w.student_id -- the cast: see index result_by_student
                     order by y.result_id, y.revision desc) r
             cross join lateral (select ('{epc,percent,three_digit,nbme800,cbse_old,own}'::text[])[r.scale] as scale) m
             where r.device_id <> 0 and not r.retracted and r.instrument = w.done ->> 'instrument'
               and core.same_sitting(r.instrument, r.form, w.done ->> 'form', abs((r.taken_at at time zone v_zone)::date
                                     - ((w.done ->> 'taken_at')::timestamptz at time zone v_zone)::date))
             order by case when m.scale = w.after ->> 'scale' then
                        abs(r.score_centi - (w.after ->> 'score')::numeric * 100) end desc nulls first, r.result_id
             limit 1) o
     where w.school_id = p_import.school_id and w.import_id = p_import.import_id and w.change in ('new', 'changed')
  ), kept as (
    update ops.import_row i set done = i.done || jsonb_build_object('reported', t.said)
      from told t
     where i.school_id = p_import.school_id and i.import_id = p_import.import_id and i.n = t.n
  )
  select jsonb_build_object(
           'n', count(*), 'differ', count(*) filter (where t.difference is distinct from 0),
           'largest', (array_agg(t.difference order by abs(t.difference) desc, t.n) filter (where t.difference <> 0))[1],
           'lines', coalesce(to_jsonb((array_agg(t.words order by abs(t.difference) desc nulls first, t.n)
                                       filter (where t.difference is distinct from 0))[:c_lines]), '[]'))
    into v_counts from told t;
  return v_counts;
end
$$;
