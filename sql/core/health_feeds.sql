-- Whether what a school lives on arrives: students' devices, files by kind, nights. See core.health_item.
create or replace function core.health_feeds(p_school int4, p_now timestamptz) returns setof jsonb
  language plpgsql stable as $$
declare
  v_limit constant timestamptz := p_now - core.setting(p_school, 'feed_stale_h') * interval '1 h';
  v_contact timestamptz := (select max(p.last_sync_at) from core.progress p where p.school_id = p_school);
  v_run ops.run;
  v_done ops.run;
  v_kept date := (select max(n.night) from ops.night n where n.school_id = p_school);
  v_missed int4;
begin
  return next core.health_item('devices',
    case when v_contact is null or v_contact > v_limit then 'ok' else 'warn' end,
    case when v_contact is null then 'No student''s device has been in contact yet.'
         when v_contact > v_limit then 'Students'' devices are in contact.'
         else format('No student''s device was in contact for %s hours.', core.setting(p_school, 'feed_stale_h')) end,
    'See whether the student port can be reached from outside. Flags about silence are muted until it is.', v_contact,
    (select jsonb_build_object('enrolled', count(*) filter (where p.enrolled_at is not null),
                               'seen_in_24_h', count(*) filter (where p.last_sync_at > p_now - interval '24 h'))
       from core.progress p where p.school_id = p_school));
  return query
  select core.health_item('files_' || k.kind, 'ok',
                          case when i.import_id is null then 'No such file was applied yet.'
                               else format('The last file was applied: %s rows.', i.rows) end,
                          '', coalesce(i.applied_at, i.imported_at),
                          jsonb_build_object('waiting', (
                            select count(*) from ops.import w
                             where w.school_id = p_school and w.kind = k.kind and w.state = 'previewed')))
    from unnest('{roster,plans,official_scores}'::text[]) k(kind)
    left join lateral (select * from ops.import x
                        where x.school_id = p_school and x.kind = k.kind and x.state = 'applied'
                        order by x.imported_at desc limit 1) i on true;
  select * into v_run from ops.run r where r.school_id = p_school order by r.night desc limit 1;
  select * into v_done from ops.run r where r.school_id = p_school and r.finished_at is not null order by r.night desc limit 1;
  v_missed := coalesce((v_done.manifest #>> '{evaluated,not_assessed}')::int4, 0);
  return next core.health_item('night',
    case when v_run.run_id is null then 'ok' when v_done.as_of is null or v_done.as_of <= v_limit then 'fail'
         when v_missed > 0 then 'warn' else 'ok' end,
    case when v_run.run_id is null then 'No night has been evaluated yet.'
         when v_done.run_id is null then format('The night of %s was begun and is not finished.', v_run.night)
         when v_done.as_of <= v_limit then format('The last finished night is that of %s.', v_done.night)
         when v_missed > 0 then format('The night of %s is finished; %s students could not be assessed.', v_done.night, v_missed)
         else format('The night of %s is finished.', v_done.night) end,
    'See the log of stepguard-report and whether its timer runs; a night can be run again.', v_done.finished_at,
    jsonb_build_object('night', v_done.night, 'kept', v_kept, 'students', v_done.manifest #> '{evaluated,students}',
                       'did_not_run', v_missed));
end
$$;
