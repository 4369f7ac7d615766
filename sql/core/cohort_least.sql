-- Below which count a figure of a class is hidden from who asks: 0 for those who see the records behind it anyway, else the
-- school's small_cell. A role that reaches no student at all is refused, rather than shown figures of nobody as if they were the
-- school's.
create or replace function core.cohort_least(p_me core.me) returns int4
  language plpgsql stable as $$
begin
  if p_me.reach = 'none' then
    perform core.refuse(403, 'no_ground', 'Your role reaches no student''s record, so there are none to make figures of.');
  end if;
  return case when p_me.reach = 'school' and core.may(p_me, 'records') then 0 else core.setting(p_me.school_id,
    'small_cell')::int4 end;
end
$$;
