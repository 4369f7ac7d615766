-- What may become of a case: in which state which verb leads where, and with which right ("rule": no person may, the rules do it).
-- The whole table; core.case_next() asks it for every step, case_show tells a person from it what they may do, and the tests walk
-- it.
--
--     new ──acknowledge──▶ acknowledged ──start, contact──▶ in_progress ──watch──▶ watching
--      │ time_out, worsen     │ time_out, worsen                │                    │ worsen, follow_up
--      ▼                      ▼                                 ▼ resolve            ▼
--     escalating ◀────────────┘             regressed ◀──fall── resolved           escalating, acknowledged
--
-- regressed and escalating are left as new is: somebody takes it in hand. Undo puts back what the last step changed and is no row.
create or replace function core.case_transitions() returns table (state text, verb text, next text, "right" text)
  language sql immutable parallel safe as $$
  with rows (states, verb, next, "right") as (values
    -- people
    ('new regressed escalating',                                   'acknowledge', 'acknowledged', 'casework'),
    ('new acknowledged watching regressed escalating',             'start',       'in_progress',  'casework'),
    ('new acknowledged in_progress regressed escalating',          'contact',     'in_progress',  'casework'),
    ('watching',                                                   'contact',     'watching',     'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'watch',       'watching',     'casework'),
    ('new acknowledged regressed escalating',                      'snooze',      'acknowledged', 'casework'),
    ('in_progress',                                                'snooze',      'in_progress',  'casework'),
    ('acknowledged in_progress',                                   'wake',        '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'take',        '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'hand_over',   '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'hand_back',   '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'assign',      '=',            'assign'),
    ('new acknowledged in_progress watching regressed escalating', 'due',         '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'follow_up',   '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'task',        '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating', 'plan',        '=',            'casework'),
    ('new acknowledged in_progress watching regressed escalating resolved', 'task_change', '=',   'casework'),
    ('new acknowledged in_progress watching regressed escalating resolved', 'plan_change', '=',   'casework'),
    ('new acknowledged in_progress watching regressed escalating resolved', 'note',        '=',   'casework'),
    ('new acknowledged in_progress watching regressed escalating resolved', 'note_change', '=',   'casework'),
    ('new acknowledged in_progress watching regressed escalating resolved', 'merge',  'merged',   'assign'),
    ('new acknowledged in_progress watching regressed escalating', 'resolve',     'resolved',     'casework'),
    ('resolved',                                                   'reopen',      'in_progress',  'casework'),
    -- rules
    ('new acknowledged',                                           'time_out',    'escalating',   'rule'), -- nobody acted in time
    ('new acknowledged in_progress watching',                      'worsen',      'escalating',   'rule'), -- while it waited
    ('watching',                                                   'follow_up_due', 'acknowledged', 'rule'),
    ('resolved',                                                   'fall',        'regressed',    'rule'),
    ('resolved',                                                   'return',      'new',          'rule'), -- nobody had touched it
    ('new regressed escalating',                                   'recover',     'resolved',     'rule'), -- nor had here
    ('new acknowledged in_progress watching regressed escalating', 'attempt_over', 'resolved',    'rule'))
  select s.state, r.verb, case when r.next = '=' then s.state else r.next end, r.right
    from rows r
   cross join lateral unnest(string_to_array(r.states, ' ')) s(state)
$$;
