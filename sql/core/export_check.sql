-- Refuses a list as a file to those who may not take one, or who did not prove lately that they are there: 403 no_right,
-- step_up_required. A program's token has the right or has it not; it cannot step up.
create or replace function core.export_check(p_me core.me) returns void
  language plpgsql stable as $$
begin
  if not core.may(p_me, 'export') then
    perform core.refuse(403, 'no_right', 'Your role does not allow this.', p_more => '{"right": "export"}');
  end if;
  perform core.step_up_check(p_me);
end
$$;
