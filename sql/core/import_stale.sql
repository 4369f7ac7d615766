-- Refuses (409 data_changed) to apply a preview that is no longer true.
create or replace function core.import_stale() returns void
  language sql as $$
  select core.refuse(409, 'data_changed', 'What this file would change has itself been changed since the preview.',
                     p_remedy => 'Upload the file again, look at the new preview, then apply that.')
$$;
