-- An answer of the office. p_students: whose records are in it; the daemon puts them on the trail before the answer leaves.
create or replace function core.reply(p_body jsonb, p_students int8[] default '{}', p_ground text default null,
                                      p_status int4 default 200) returns api.reply
  language sql immutable
  return row(p_status::int2, 'application/json', p_body::text, p_students, p_ground)::api.reply;
