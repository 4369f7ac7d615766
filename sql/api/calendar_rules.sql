-- The rules about dates, every version: the USMLE's with source and grade, and the school's own. in_force says which count today; a
-- class's own rule goes before the one for all classes. Not paged: they are as many as somebody typed. GET /api/v1/calendar/rules
--   code, class_year (also those for all classes), in_force (true: only those)
--
-- Who: sg_office, right "records". Ground: none, it is about no student. Locks: none.
create or replace function api.calendar_rules(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_today constant date := (v_me.now at time zone v_me.zone)::date;
  v_code text;
  v_year int8;
  v_only bool;
  v_items jsonb;
begin
  perform core.args_known(p_args, '{code,class_year,in_force,format}');
  v_code := core.arg(p_args, 'code', p_most => 40);
  v_year := core.arg_number(p_args, 'class_year', null, 1900, 2200);
  v_only := core.arg_flag(p_args, 'in_force');
  select coalesce(jsonb_agg(x.item || jsonb_build_object('in_force', x.in_force) order by x.by desc, x.code,
    x.class_year nulls first, x.name,
                            x.valid_from desc, x.revision desc), '[]')
    into v_items
    from (select core.calendar_rule_json(r) as item, 'school' as by, r.code, r.class_year, r.item as name, r.valid_from, r.revision,
                 not exists (select from core.calendar_rule o
                              where o.school_id = r.school_id and o.code = r.code and o.class_year is not distinct from r.class_year
                                and o.item = r.item and o.valid_from <= v_today
                                and (o.valid_from, o.revision) > (r.valid_from, r.revision))
                 and r.valid_from <= v_today and (r.day is not null or r.number is not null) as in_force
            from core.calendar_rule r where r.school_id = v_me.school_id
          union all
          select jsonb_build_object('by', 'usmle', 'code', u.code, 'class_year', null, 'item', null, 'revision', null, 'day', null,
                                    'number', u.value, 'unit', u.unit, 'valid_from', u.valid_from, 'valid_to', u.valid_to,
                                    'source', u.source, 'grade', u.grade, 'words', u.words, 'set_by', null, 'set_at', null),
                 'usmle', u.code, null, '', u.valid_from, 0,
                 u.valid_from <= v_today and coalesce(u.valid_to >= v_today, true)
            from core.usmle_rules() u) x
   where (v_code is null or x.code = v_code) and (v_year is null or x.class_year is null or x.class_year = v_year)
     and (x.in_force or not v_only);
  return core.reply_list(v_me, p_args, v_items, null, jsonb_array_length(v_items), null,
    '{by,code,class_year,item,revision,day,number,unit,valid_from,valid_to,in_force,source,grade,words,set_by.name,set_at}');
end
$$;
