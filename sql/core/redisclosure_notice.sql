-- The words that go with every file with students' records, and their version, which the ledger of disclosures keeps.
create or replace function core.redisclosure_notice() returns table (version text, words text)
  language sql immutable parallel safe as $$
  values ('1', 'Education record. It may be used for the purpose it was given for and may not be passed on to any other party '
               'without the student''s prior written consent (34 CFR 99.33).')
$$;
