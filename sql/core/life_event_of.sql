-- A life event as pages show it.
create or replace function core.life_event_of(p_event core.life_event) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'event', p_event.event_id, 'kind', p_event.kind, 'category', p_event.category, 'starts_on', p_event.starts_on,
    'ends_on', p_event.ends_on, 'withdrawn_at', p_event.withdrawn_at, 'by', core.staff_ref(p_event.school_id, p_event.noted_by),
    'noted_at', p_event.noted_at, 'revision', p_event.revision,
    'mutes', (select jsonb_agg(m.code order by m.code) from core.rule_mutes() m where m.kind = p_event.kind))
$$;
