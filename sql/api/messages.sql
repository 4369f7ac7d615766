-- What was told to whom, by mail or to a webhook, and how far it is. Query: state (a state of ops.message; open: not done yet;
-- any, the default), kind, night. Columns to sort by: made_at. GET /api/v1/messages
--
-- Who: sg_office, right "health". Ground: running the service; no student is in it, and nothing of what was told. Locks: none.
create or replace function api.messages(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'health');
  v_page core.page;
  v_state text;
  v_kind text;
  v_night date;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,state,kind,night}');
  v_page := core.page_of(v_me, p_args, '{-made_at}');
  v_state := core.arg_choice(p_args, 'state', '{any,open,waiting,sending,sent,failed,dropped,gathered}', 'any');
  v_kind := core.arg_choice(p_args, 'kind', '{any,brief,digest,urgent,escalation,reminder,student_reminder,test,webhook}', 'any');
  v_night := core.arg_day(p_args, 'night');
  with found as (
    select m as message, m.message_id as id, to_jsonb(extract(epoch from m.made_at)) as key
      from ops.message m
     where m.school_id = v_me.school_id
       and case v_state when 'any' then true when 'open' then m.state in ('waiting', 'sending') else m.state = v_state end
       and (v_kind = 'any' or m.kind = v_kind)
       and (v_night is null or exists (select from ops.run r
                                        where r.school_id = m.school_id and r.run_id = m.run_id and r.night = v_night))
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.message_json(p.message) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{message_id,kind,state,staff.name,webhook.host,to_student,night,made_at,attempts,next_try_at,sent_at,last_reply,header_id}');
end
$$;
