-- Refuses (429 slow_down) whom core.throttle_take() told to wait.
create or replace function core.throttle_wait(p_seconds int4) returns void
  language plpgsql as $$
begin
  if p_seconds > 0 then
    perform core.refuse(429, 'slow_down', 'There were too many tries.',
                        p_remedy => format('Wait %s seconds, then try again.', p_seconds),
                        p_more => jsonb_build_object('retry_after_s', p_seconds));
  end if;
end
$$;
