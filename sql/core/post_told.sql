-- Whether anybody was told of a thing: messages of one thing differ in whom they go to, which stands last in their keys. A range of
-- the key's index ('0' follows '/').
create or replace function core.post_told(p_school int4, p_kind text, p_key text) returns bool
  language sql stable as $$
  select exists (select from ops.message m
                  where m.school_id = p_school and m.dedup_key >= p_kind || '/' || p_key || '/staff/'
                    and m.dedup_key < p_kind || '/' || p_key || '/staff0')
$$;
