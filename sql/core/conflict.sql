-- Refuses (409 conflict) a change that was made on something as it is no longer: "current" is what stands there now.
create or replace function core.conflict(p_current jsonb) returns void
  language plpgsql as $$
begin
  perform core.refuse(409, 'conflict', 'Somebody changed this since you looked.',
                      p_remedy => 'Look at what it is now, then decide again.', p_more => jsonb_build_object('current', p_current));
end
$$;
