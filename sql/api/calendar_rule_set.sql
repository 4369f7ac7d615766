-- A new version of a rule of the school's about dates (core.calendar_codes). POST /api/v1/calendar/rules
--   {"code", "class_year" (absent: for every class that has no rule of its own), "item" (name of a block), "day" or "number" as the
--    code wants, or "withdraw": true (from then on there is no such rule), "valid_from" (default today), "reason", "revision": the
--    newest version seen, 0 for none}
--
-- Who: sg_office, right "policy". 409 conflict with the newest version where somebody else was faster. A changed deadline makes the
-- estimates of the students concerned stale at once, and any rule moves the last safe days of the open cases; what comes into force
-- later is seen by that day's runs. Locks: the new row; the progress rows of those students, in key order; then the open cases, in
-- key order, passing over those that somebody holds.
create or replace function api.calendar_rule_set(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_today constant date := (v_me.now at time zone v_me.zone)::date;
  v_kind record;
  v_new core.calendar_rule;
  v_known core.calendar_rule; -- the newest version there is
  v_set core.calendar_rule;
begin
  perform core.args_known(p_args, '{}', '{code,class_year,item,day,number,withdraw,valid_from,reason,revision}');
  v_new.school_id := v_me.school_id;
  v_new.code := core.arg_choice(v_body, 'code', (select array_agg(k.code) from core.calendar_codes() k), null);
  select * into v_kind from core.calendar_codes() k where k.code = v_new.code;
  v_new.class_year := core.arg_number(v_body, 'class_year', null, 1900, 2200);
  v_new.item := coalesce(core.arg(v_body, 'item', v_new.code = 'block_start', 80), '');
  v_new.valid_from := coalesce(core.arg_day(v_body, 'valid_from'), v_today);
  v_new.reason := core.arg(v_body, 'reason', true, 500);
  v_new.revision := core.arg_number(v_body, 'revision', -1, 0, 2147483646) + 1;
  if core.arg_flag(v_body, 'withdraw') then
    if v_body -> 'day' is not null or v_body -> 'number' is not null then
      perform core.refuse(422, 'invalid', 'A rule that is withdrawn has no value.', 'withdraw');
    end if;
  elsif v_kind.kind = 'day' then
    v_new.day := core.arg_day(v_body, 'day', true);
  else
    perform core.arg(v_body, 'number', true, 20);
    v_new.number := core.arg_number(v_body, 'number', null, v_kind.low, v_kind.high);
  end if;
  if v_new.item <> '' and v_new.code <> 'block_start' then
    perform core.refuse(422, 'invalid', 'Only blocks have names.', 'item');
  elsif (v_kind.kind = 'day' and v_body -> 'number' is not null) or (v_kind.kind = 'number' and v_body -> 'day' is not null) then
    perform core.refuse(422, 'invalid', format('"%s" is a %s.', v_new.code, v_kind.kind), case
      when v_kind.kind = 'day' then 'number' else 'day' end);
  elsif v_new.day not between '1990-01-01' and '2200-01-01' or v_new.valid_from not between '1990-01-01' and '2200-01-01' then
    perform core.refuse(422, 'invalid', 'There is a mistake in the year.', case when v_new.valid_from between '1990-01-01'
      and '2200-01-01'
      then 'day' else 'valid_from' end);
  end if;
  v_known := core.calendar_rule_newest(v_new);
  if coalesce(v_known.revision, 0) = v_new.revision - 1 then
    insert into core.calendar_rule (school_id, code, class_year, item, revision, day, number, valid_from, reason, set_by, set_at)
    values (v_me.school_id, v_new.code, v_new.class_year, v_new.item, v_new.revision, v_new.day, v_new.number, v_new.valid_from,
            v_new.reason, v_me.staff_id, v_me.now)
        on conflict (school_id, code, class_year, item, revision) do nothing
    returning * into v_set;
  end if;
  if v_set.rule_id is null then
    v_known := core.calendar_rule_newest(v_new);
    perform core.conflict(case when v_known.rule_id is not null then core.calendar_rule_json(v_known) else 'null' end);
  end if;
  if v_new.code = 'taken_by' and v_new.valid_from <= v_today then
    perform core.touch(v_me.school_id, (select array_agg(s.student_id) from core.student s
      where s.school_id = v_me.school_id and s.deadline is null and (v_new.class_year is null or s.class_year = v_new.class_year)));
  end if;
  if v_new.valid_from <= v_today then
    perform core.case_dates_follow(v_me.school_id, null, v_me.now);
  end if;
  perform core.note_done(v_me, 'calendar_rule_set', '{}', core.calendar_rule_json(v_set) - 'words');
  return core.reply(core.calendar_rule_json(v_set), p_status => 201);
end
$$;
