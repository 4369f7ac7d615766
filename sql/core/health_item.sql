-- One thing that is looked at: {"check", "state" (ok, warn, fail), "sentence", "remedy", "at", "figures"}; the remedy is empty
-- where nothing is to be done. "at": when the thing last happened, or ends.
create or replace function core.health_item(p_check text, p_state text, p_sentence text, p_remedy text default '',
                                            p_at timestamptz default null, p_figures jsonb default '{}') returns jsonb
  language sql immutable parallel safe
  return jsonb_build_object('check', p_check, 'state', p_state, 'sentence', p_sentence,
                            'remedy', case when p_state = 'ok' then '' else p_remedy end, 'at', p_at, 'figures', p_figures);
