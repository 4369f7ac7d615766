-- Puts these schools into scope until the calling api function ends. What follows in that function sees their rows and no others.
create or replace function core.enter(p_schools int4[]) returns void
  language plpgsql as $$
begin
  perform set_config('sg.scope', p_schools::text, true);
end
$$;
