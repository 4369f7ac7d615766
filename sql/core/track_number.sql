-- The number of a track as the roster writes it; null for a word that is none.
create or replace function core.track_number(p_track text) returns int2
  language sql immutable as $$
  select array_position(array['us_md', 'us_do', 'non_us'], p_track)::int2 - 1
$$;
