-- Whether what a student reported and what the office loaded, of one instrument, are one sitting: p_form and p_other are their
-- forms, p_days the days between them.
--
--   cbse         its form is told to nobody, and nobody sits it two days running: the day says it
--   school_exam  a school gives several, told apart by name: the same name. Without one, two on a day would be taken for one, which
--                is why days apart are not forgiven there
--   others       the same form; one that only one side names, on the same day
--
-- A day's difference is forgiven where form or instrument alone make it one sitting: a date without a time is noon where the
-- student's machine is, and noon in Tokyo is the day before in New York.
create or replace function core.same_sitting(p_instrument text, p_form text, p_other text, p_days int4) returns bool
  language sql immutable parallel safe
  return case p_instrument
    when 'cbse' then p_days <= 1
    when 'school_exam' then core.form_key(p_form) = core.form_key(p_other) and p_days <= (core.form_key(p_form) <> '')::int4
    else case when '' in (core.form_key(p_form), core.form_key(p_other)) then p_days = 0
              else core.form_key(p_form) = core.form_key(p_other) and p_days <= 1 end
  end;
