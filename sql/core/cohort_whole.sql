-- Refuses to narrow figures for who may see them and no records (p_least > 0: core.cohort_least): by class, by track, by days. Each
-- way to narrow is a way to subtract: the figures of all less those of all but one are that one's, however well each of the two
-- answers hides its own small cells. So they see one table of the whole school, which hides what could be found out from itself.
create or replace function core.cohort_whole(p_least int4, p_args jsonb, p_narrowing text[]) returns void
  language plpgsql immutable as $$
declare
  v_field text := (select n from unnest(p_narrowing) n where p_least > 0 and core.arg(p_args, n) is not null limit 1);
begin
  if v_field is not null then
    perform core.refuse(403, 'no_right', 'Your role sees the figures of the whole school, and none of a part of it.', v_field,
      format('Ask without "%s".', v_field), '{"right": "records"}');
  end if;
end
$$;
