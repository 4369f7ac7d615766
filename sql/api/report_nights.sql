-- The nights that were reported on, the newest first: as of when, by which parameters, how many students stood where, how long each
-- list was, what did not run, how many were told. Of who sees some students only, the figures of the school are null.
-- Columns to sort by: night. GET /api/v1/reports/nights
--
-- Who: sg_office, right "records". Ground: the office's own work; no student is in it. Locks: none.
create or replace function api.report_nights(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{-night}');
  with found as (
    select r.run_id as id, to_jsonb(r.night) as key from ops.run r where r.school_id = v_me.school_id
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.run_json(r, v_me.reach = 'school') order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next
    from page p join ops.run r on r.school_id = v_me.school_id and r.run_id = p.id;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{night,state,as_of,finished_at,parameters,students,assessed,waiting,counts.at_risk,counts.borderline,counts.on_track,'
    'counts.cannot_say,did_not_run}');
end
$$;
