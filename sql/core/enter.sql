-- Puts these schools, with all their students, into scope until the calling api function ends: for the programs. What follows in
-- that function sees their rows and no others. People of the office come in through core.staff_enter().
create or replace function core.enter(p_schools int4[]) returns void
  language plpgsql as $$
begin
  perform set_config('sg.scope', p_schools::text || '|*', true);
end
$$;
