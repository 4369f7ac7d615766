-- How many a night was told to, by kind of message, and what became of it: [{"kind", "n", "sent", "failed"}].
create or replace function core.run_told(p_run ops.run) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('kind', k.kind, 'n', k.n, 'sent', k.sent, 'failed', k.failed) order by k.kind), '[]')
    from (select m.kind, count(*) as n, count(*) filter (where m.state = 'sent') as sent,
                 count(*) filter (where m.state in ('failed', 'dropped')) as failed
            from ops.message m
           where m.school_id = (p_run).school_id and m.run_id = (p_run).run_id and m.made_at >= (p_run).as_of
           group by m.kind) k
$$;
