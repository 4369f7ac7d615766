-- Whether what is to be told leaves the house. See core.health_item. What waits for quiet hours to end does not wait too long.
create or replace function core.health_post(p_school int4, p_now timestamptz) returns setof jsonb
  language plpgsql stable as $$
declare
  c_late constant interval := interval '1 h'; -- stepguard-report send comes by every five minutes
  c_look_back constant interval := interval '7 days';
  v record;
begin
  select count(*) filter (where m.state in ('waiting', 'sending')) as waiting,
         count(*) filter (where m.state = 'waiting' and m.attempts = 0 and m.next_try_at < p_now - c_late) as late,
         min(m.next_try_at) filter (where m.state = 'waiting' and m.attempts = 0) as oldest,
         count(*) filter (where m.state = 'waiting' and m.attempts > 0) as refused,
         count(*) filter (where m.state = 'failed' and m.ended_at > p_now - c_look_back) as failed,
         count(*) filter (where m.state = 'sent' and m.sent_at > p_now - c_look_back) as sent
    into v
    from ops.message m
   where m.school_id = p_school and (m.state in ('waiting', 'sending') or m.made_at > p_now - 2 * c_look_back);
  return next core.health_item('post', case when v.late > 0 then 'fail' when v.failed + v.refused > 0 then 'warn' else 'ok' end,
    case when v.late > 0 then format('%s messages are due for over an hour, and nobody sends them.', v.late)
         when v.failed > 0 then format('%s messages of the last seven days could not be delivered.', v.failed)
         when v.refused > 0 then format('%s messages were put off by the other side and are tried again.', v.refused)
         when v.waiting > 0 then format('%s messages are on their way.', v.waiting)
         when v.sent > 0 then format('All %s messages of the last seven days were delivered.', v.sent)
         when core.setting(p_school, 'mail_on') = 1 then 'Nothing was to be told in the last seven days.'
         else 'The school sends no mail.' end,
    case when v.late > 0 then 'See whether the timer of "stepguard-report send" runs.'
         else 'What the other side said stands with the messages below; they can be tried again there.' end, v.oldest,
    jsonb_build_object('waiting', v.waiting, 'failed_7_days', v.failed, 'sent_7_days', v.sent));
end
$$;
