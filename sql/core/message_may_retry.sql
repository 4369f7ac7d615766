-- Whether a message can be tried again: it failed, or waits for its next try, and what it is made of is still kept.
create or replace function core.message_may_retry(p_message ops.message) returns bool
  language sql immutable
  return (p_message).document <> '{}'
         and ((p_message).state = 'failed' or (p_message).state = 'waiting' and (p_message).attempts > 0);
