-- A result that the office loaded counts alone; what the student reported of the same sitting is kept and does not count.
--
-- Which results those are is worked out when results arrive (core.overruled_follow), not when they are read: a night reads four
-- million, and of nearly all of them no official one is known. So for nearly everybody there is nothing here, and a look costs one
-- probe of a small table.
--
-- Derived: made anew from core.result whenever an official result arrives or is taken back, and whenever a student who has one
-- sends something. The rows of core.result stay as they were.
create table core.result_overruled (
  school_id int4 not null,
  student_id int8 not null,
  result_id uuid not null,    -- the student's
  by_result_id uuid not null, -- the official one
  difference_centi int4,      -- reported less official; null: on different scales
  primary key (school_id, student_id, result_id)
);
call core.protect_student('core.result_overruled');

-- Whether there has been an official result, so that an upload knows without looking. Never taken back: it says where to look.
alter table core.progress add column official bool not null default false;

-- As in core/ of this version, for what is there already; there they say why.
create function core.form_key(p_form text) returns text
  language sql immutable parallel safe
  return regexp_replace(regexp_replace(lower(p_form), '[^[:alnum:]]', '', 'g'), '^(nbme|cbssa|cbse|form)*0*', '');

create function core.same_sitting(p_instrument text, p_form text, p_other text, p_days int4) returns bool
  language sql immutable parallel safe
  return case p_instrument
    when 'cbse' then p_days <= 1
    when 'school_exam' then core.form_key(p_form) = core.form_key(p_other) and p_days <= (core.form_key(p_form) <> '')::int4
    else case when '' in (core.form_key(p_form), core.form_key(p_other)) then p_days = 0
              else core.form_key(p_form) = core.form_key(p_other) and p_days <= 1 end
  end;

select set_config('sg.scope', '*|*', true);
do $$
begin
  if not exists (select from core.result where device_id = 0) then
    return;
  end if;
  update core.progress p set official = true
    from (select distinct r.school_id, r.student_id from core.result r where r.device_id = 0) o
   where p.school_id = o.school_id and p.student_id = o.student_id;
  insert into core.result_overruled (school_id, student_id, result_id, by_result_id, difference_centi)
  with standing as materialized (
    select r.*, (r.taken_at at time zone s.zone)::date as day
      from core.progress p
      join core.school s on s.school_id = p.school_id
     cross join lateral (
            select distinct on (x.result_id) x.* from core.result x
             where x.school_id::int8 = p.school_id and x.student_id = p.student_id
             order by x.result_id, x.revision desc) r
     where p.official and not r.retracted
  )
  select distinct on (m.school_id, m.student_id, m.result_id) m.school_id, m.student_id, m.result_id, o.result_id,
         case when m.scale = o.scale then m.score_centi - o.score_centi end
    from standing m
    join standing o on o.school_id = m.school_id and o.student_id = m.student_id and o.instrument = m.instrument
   where m.device_id <> 0 and o.device_id = 0 and core.same_sitting(m.instrument, m.form, o.form, abs(m.day - o.day))
   order by m.school_id, m.student_id, m.result_id, abs(m.day - o.day), core.form_key(m.form) <> core.form_key(o.form), o.result_id;
  update core.progress p set version = p.version + 1, changed_at = now()
   where exists (select from core.result_overruled o where o.school_id = p.school_id and o.student_id = p.student_id);
end
$$;
select set_config('sg.scope', '', true);
