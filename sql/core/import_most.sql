-- How many students of a roster of this size may change or leave by one file before somebody has to look twice (the brake).
create or replace function core.import_most(p_school int4, p_on_roster int8) returns int4
  language sql stable as $$
  select greatest(core.setting(p_school, 'import_brake_least'),
                  floor(core.setting(p_school, 'import_brake_percent') * p_on_roster / 100))::int4
$$;
