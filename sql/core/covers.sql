-- Whether a person covers for another at a time.
create or replace function core.covers(p_school int4, p_staff int8, p_absent int8, p_at timestamptz) returns bool
  language sql stable as $$
  select exists (select from core.cover c
                  where c.school_id = p_school and c.staff_id = p_staff and c.absent_id = p_absent and c.ended_at is null
                    and p_at >= c.valid_from and p_at < c.valid_until)
$$;
