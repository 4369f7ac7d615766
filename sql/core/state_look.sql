-- How a state is shown: a shape and a word, so that colour is never all (product.md).
create or replace function core.state_look(p_state int2) returns jsonb
  language sql stable parallel safe as $$
  select case when p_state between 1 and 4 then jsonb_build_object(
    'state', core.state_name(p_state), 'word', (array['at risk', 'borderline', 'on track', 'cannot say'])[p_state],
    'shape', (array['triangle', 'diamond', 'circle', 'dash'])[p_state]) end
$$;
