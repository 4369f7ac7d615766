-- What a line of the trail says beside who, what and whose, for auditors, who see no records: of what was asked for, the names of
-- its filters and not their values. "Students at risk", with the names of those who were shown, would be a record; so would the
-- page of a list sorted by P. What was done (add, change, …: its functions write no more than numbers and reasons) is shown as it
-- is, and all of it stays in audit.event.
create or replace function core.detail_shown(p_action text, p_detail jsonb) returns jsonb
  language sql immutable parallel safe
  return case when p_action ~ '_(add|apply|change|invite|promote|retire|revoke|set|undo)$' then p_detail
    else (select coalesce(jsonb_object_agg(d.key, case
                   when jsonb_typeof(d.value) <> 'string' or d.key = any ('{student,case,device,import,job,policy,request,staff,'
                     'token,version,night,verb,key,code,method,format,form,class_year,track,action,by,'
                     'horizon}'::text[]) then d.value
                   else '"not shown"' end), '{}')
            from jsonb_each(p_detail) d) end;
