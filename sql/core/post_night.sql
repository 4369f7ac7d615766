-- Puts into the post what a night that was just finished has to tell: its brief to every dean who wants it, a digest to every
-- adviser of whose own students there is something to tell (core.post_digests), the figures to webhooks. In the transaction that
-- finishes the night (api.run_finish), so once, whoever runs it. Mail is of the newest night alone: nights that are made good after
-- downtime lie in the office, and nobody gets five briefs in one morning. Gives {"brief", "digest", "webhook"}: how many were told.
--
-- The mail's document is the brief's own. Without mail_names it is left with its figures: of each list the number, of students
-- nothing.
create or replace function core.post_night(p_run int8) returns jsonb
  language plpgsql as $$
declare
  c_latest_nights constant int4 := 1; -- last night's, or in the small hours the one before
  v_run ops.run;
  v_school core.school;
  v_now constant timestamptz := core.now();
  v_brief jsonb;
  v_link text;
  v_person record;
  v_briefs int4 := 0;
  v_digests int4 := 0;
  v_hooks int4;
begin
  select * into strict v_run from ops.run r where r.run_id = p_run;
  select * into strict v_school from core.school s where s.school_id = v_run.school_id;
  v_brief := coalesce(v_run.manifest -> 'brief', '{}');
  v_link := '/reports/nights/' || v_run.night;
  v_hooks := core.post_webhooks(v_run.school_id, 'night', v_run.night::text, core.post_figures(v_brief) || jsonb_build_object(
    'night', v_run.night, 'school', v_school.code, 'path', v_link), v_now, p_run);
  if core.setting(v_run.school_id, 'mail_on') = 1
     and v_run.night >= (v_now at time zone v_school.zone)::date - c_latest_nights
     and not exists (select from ops.run r
                      where r.school_id = v_run.school_id and r.night > v_run.night and r.finished_at is not null)
  then
    for v_person in
      select s.staff_id, s.email
        from core.staff s
        left join core.mail_choice w on w.school_id = s.school_id and w.staff_id = s.staff_id
       where s.school_id = v_run.school_id and s.status = 'active' and 'dean' = any (s.roles) and coalesce(w.brief, true)
       order by s.staff_id
    loop
      if core.post_put(v_run.school_id, 'brief', format('brief/%s/staff/%s', v_run.night, v_person.staff_id), v_person.email,
                       jsonb_build_object('night', v_run.night, 'path', v_link, 'brief', core.post_brief(v_run.school_id, v_brief)),
                       v_now, v_now, v_person.staff_id, p_run => p_run) is not null then
        v_briefs := v_briefs + 1;
      end if;
    end loop;
    v_digests := core.post_digests(v_school, v_run, v_now);
  end if;
  return jsonb_build_object('brief', v_briefs, 'digest', v_digests, 'webhook', v_hooks);
end
$$;
