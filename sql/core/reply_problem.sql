-- A refusal that is kept: where core.refuse() would undo what was counted or noted, the function ends with this instead. The same
-- document (RFC 9457) as the daemon makes of a refusal that was raised.
create or replace function core.reply_problem(p_status int4, p_code text, p_sentence text, p_remedy text default '',
                                              p_more jsonb default '{}') returns api.reply
  language sql immutable
  return row(p_status::int2, 'application/problem+json',
             (jsonb_strip_nulls(jsonb_build_object(
                'type', 'about:blank', 'status', p_status, 'code', p_code, 'detail', p_sentence, 'remedy', nullif(p_remedy, ''),
                'title', case p_status when 401 then 'Unauthorized' when 403 then 'Forbidden' when 404 then 'Not Found'
                                       when 409 then 'Conflict' else 'Refused' end)) || p_more)::text,
             '{}'::int8[], null)::api.reply;
