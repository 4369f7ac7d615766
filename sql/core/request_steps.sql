-- What can become of a student's request about the record, and whether it is then closed. An inspection is answered (34 CFR 99.10);
-- an amendment is made or denied (99.20), and what was denied may come to a hearing, which amends or upholds (99.21).
create or replace function core.request_steps() returns table (kind text, "from" text, "to" text, closed bool)
  language sql immutable parallel safe as $$
  values ('inspection', 'open',      'preparing', false),
         ('inspection', 'open',      'answered',  true),
         ('inspection', 'open',      'withdrawn', true),
         ('inspection', 'preparing', 'answered',  true),
         ('inspection', 'preparing', 'withdrawn', true),
         ('amendment',  'open',      'preparing', false),
         ('amendment',  'open',      'amended',   true),
         ('amendment',  'open',      'denied',    true),
         ('amendment',  'open',      'withdrawn', true),
         ('amendment',  'preparing', 'amended',   true),
         ('amendment',  'preparing', 'denied',    true),
         ('amendment',  'preparing', 'withdrawn', true),
         ('amendment',  'denied',    'hearing',   false),
         ('amendment',  'hearing',   'amended',   true),
         ('amendment',  'hearing',   'upheld',    true),
         ('amendment',  'hearing',   'withdrawn', true)
$$;
