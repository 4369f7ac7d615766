-- A version of a rule of the school as answers show it.
create or replace function core.calendar_rule_json(p_rule core.calendar_rule) returns jsonb
  language sql stable as $$
  select jsonb_build_object('by', 'school', 'code', p_rule.code, 'class_year', p_rule.class_year, 'item', nullif(p_rule.item, ''),
                            'revision', p_rule.revision, 'day', p_rule.day, 'number', p_rule.number, 'unit', null, 'valid_from',
                              p_rule.valid_from,
                            'valid_to', null, 'source', p_rule.reason, 'grade', null,
                            'words', (select k.words from core.calendar_codes() k where k.code = p_rule.code),
                            'set_by', core.staff_ref(p_rule.school_id, p_rule.set_by), 'set_at', p_rule.set_at)
$$;
