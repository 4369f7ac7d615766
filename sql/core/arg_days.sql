-- "from" and "until" of a request, days at the school, both included, as moments: from the beginning of the first (the present
-- moment where it is today or absent) to the end of the last (null where absent). Refuses (422) a first day in the past or a last
-- one before the first.
create or replace function core.arg_days(p_me core.me, p_args jsonb, p_until_required bool, out valid_from timestamptz,
                                         out valid_until timestamptz)
  language plpgsql stable as $$
declare
  v_today constant date := (p_me.now at time zone p_me.zone)::date;
  v_from date := coalesce(core.arg_day(p_args, 'from'), (p_me.now at time zone p_me.zone)::date);
  v_until date := core.arg_day(p_args, 'until', p_until_required);
begin
  if v_from < v_today then
    perform core.refuse(422, 'invalid', '"from" is past: nobody had a ground that was given later.', 'from');
  elsif v_until < v_from then
    perform core.refuse(422, 'invalid', '"until" is before the beginning.', 'until');
  end if;
  valid_from := case when v_from = v_today then p_me.now else core.day_start(v_from, p_me.zone) end;
  valid_until := core.day_start(v_until + 1, p_me.zone);
end
$$;
