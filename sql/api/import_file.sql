-- Brings a file whose rows api.import_feed took: a preview and its being applied in one call, all or nothing. p_kind: one of
-- core.import_kinds. p_more: {"mode", "absent", "header", "ignored", "findings", "read", "refused"}, as for the office
-- (import_add). More changes than the brake allows (core.import_stops) are refused, unless p_past_brake says why they are right.
--
-- Gives {"counts", "findings", "stops", "rows"}, see core.import_by_operator; p_rows: how many rows of what changed, at most.
--
-- Who: sg_operator. Ground: running the service. Refused (22023): the brake. Audited. Locks: core.import_lock; of a roster the
-- changed students' rows, in order of their number; the progress rows of those it touches, in key order.
create or replace function api.import_file(p_school_code text, p_kind text, p_source text, p_more jsonb, p_past_brake text,
                                           p_rows int4) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
begin
  return core.import_by_operator(core.enter_school(p_school_code), p_kind, p_source, p_more, p_past_brake, p_rows);
end
$$;
