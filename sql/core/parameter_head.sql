-- What a parameter file says of itself in the comments at its head: its opening words, and, where `stepguardctl fit` wrote them
-- (put_head of server/study/fit.c), what it was fitted on and what it is worth on students that it had not seen.
--   fitted_on  {"from", "students", "attempts", "failed", "checks", "printed"}
--   held_out   {"parts", "predictions", "rows": [{"of", "log_loss", "brier", "auc", "slope", "intercept"}]}
-- Taken from the text that is kept and not from the hands of whoever adds it, so that nobody can say of a set what its file does
-- not.
create or replace function core.parameter_head(p_body text, out note text, out fitted_on jsonb, out held_out jsonb)
  language sql immutable as $$
  with line as (
    select l.text, l.n from regexp_split_to_table(left(p_body, 20000), '\r?\n') with ordinality l(text, n)
  ), head as (
    select l.* from line l where l.n < coalesce((select min(x.n) from line x where x.text !~ '^\s*;'), 1000000)
  ), fit as (
    select regexp_match(h.text, '^; Fitted(?: on (.*))?: (\d+) students with outcomes, (\d+) attempts of which (\d+) failed, '
                                '(\d+) later checks, (\d+) printed') as m from head h
  ), parts as (
    select regexp_match(h.text, '^; Held out in (\d+) parts, (\d+) predictions') as m from head h
  ), figure as (
    select h.n,
           regexp_match(h.text,
                        '^;\s+([a-z ]+?)\s+log loss (\S+), Brier (\S+), AUC (\S+), calibration slope (\S+), intercept (\S+)$')
             as m
      from head h
  )
  select coalesce((select left(btrim(string_agg(btrim(h.text, '; '), ' ' order by h.n)), 500) from head h
                    where h.n < coalesce((select min(x.n) from head x where x.text ~ '^\s*;\s*(-|$)'), 1000000)), ''),
         (select jsonb_build_object('from', f.m[1], 'students', f.m[2]::int8, 'attempts', f.m[3]::int8, 'failed', f.m[4]::int8,
                                    'checks', f.m[5]::int8, 'printed', f.m[6]::int8)
            from fit f where f.m is not null limit 1),
         (select jsonb_build_object(
                   'parts', p.m[1]::int8, 'predictions', p.m[2]::int8,
                   'rows', (select coalesce(jsonb_agg(jsonb_build_object(
                                     'of', g.m[1], 'log_loss', core.number_or_null(g.m[2]), 'brier', core.number_or_null(g.m[3]),
                                     'auc', core.number_or_null(g.m[4]), 'slope', core.number_or_null(g.m[5]),
                                     'intercept', core.number_or_null(g.m[6])) order by g.n), '[]')
                              from figure g where g.m is not null))
            from parts p where p.m is not null limit 1)
$$;
