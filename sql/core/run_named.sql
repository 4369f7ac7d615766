-- The run of a night of this school, or 404: none was begun for it, or it is under way and has said nothing yet.
create or replace function core.run_named(p_me core.me, p_args jsonb) returns ops.run
  language plpgsql stable as $$
declare
  v_night constant date := core.arg_day(p_args, 'night', true);
  v_run ops.run;
begin
  select * into v_run from ops.run r where r.school_id = p_me.school_id and r.night = v_night;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no report of that night.', 'night', 'See the list of nights.');
  elsif v_run.manifest -> 'brief' is null then
    perform core.refuse(404, 'not_found', 'The report of that night is not finished.', 'night',
                        'Look again in some minutes; Health says whether it still runs.');
  end if;
  return v_run;
end
$$;
