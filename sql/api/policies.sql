-- Clearance policies, every version. GET /api/v1/policies
--   state        draft, previewed, active, superseded, retired
--   class_year   also those for all classes
--   sort         changed_at (default: the last one first), version, title
--
-- Who: sg_office, right "records". Ground: none, it is about no student. Locks: none.
create or replace function api.policies(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_page core.page;
  v_state text;
  v_year int8;
  v_items jsonb;
  v_next text;
  v_total int8;
begin
  perform core.args_known(p_args, '{state,class_year,limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{-changed_at,version,title}');
  v_state := nullif(core.arg_choice(p_args, 'state', '{any,draft,previewed,active,superseded,retired}', 'any'), 'any');
  v_year := core.arg_number(p_args, 'class_year', null, 1900, 2200);
  with found as (
    select p, p.policy_id as id, case v_page.sort when 'version' then to_jsonb(p.version) when 'title' then p.rule -> 'title'
                                                  else to_jsonb(extract(epoch from p.changed_at)) end as key
      from core.policy p
     where p.school_id = v_me.school_id and (v_state is null or p.state = v_state)
       and (v_year is null or p.class_year is null or p.class_year = v_year)
  ), page as (
    select f.*, row_number() over (order by case when v_page.descending then null else f.key end,
                                            case when v_page.descending then f.key end desc,
                                            case when v_page.descending then - f.id else f.id end) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1
  )
  select coalesce(jsonb_agg(core.policy_json(page.p) - 'rule' order by n) filter (where n <= v_page.most), '[]'),
         (select count(*) from found), core.page_next(v_page, array_agg(key order by n), array_agg(id order by n))
    into v_items, v_total, v_next
    from page;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{policy_id,class_year,version,state,title,reason,created_by.name,created_at,changed_by.name,changed_at,activated_by.name,'
    'activated_at,ended_by.name,ended_at}');
end
$$;
