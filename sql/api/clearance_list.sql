-- Where the students of a class stand: state, what the policy proposes and why, evidence, days left to act. GET /api/v1/clearance
--   state        cleared, conditional, not_cleared, waived, undecided
--   proposal     meets, does_not_meet, cannot_say, no_policy
--   changed      true: evidence or policy changed since the decision
--   worse        true: cleared, and fell since
--   overdue      true: the day by which the policy wanted it met is over, and it is not met
--   class_year
--   sort         last_safe_on (default: who has the least time), exam_on, name, state; "-…" for backwards
--
-- Those who passed or sat are not in it. Proposals are made for the page that is shown. Where something is asked of them, what is
-- kept (core.clearance_kept) chooses, and they are made for those of whom nothing that still counts is kept.
--
-- Who: sg_office, right "records". Ground: the person's own for each. Locks: none.
create or replace function api.clearance_list(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_page core.page;
  v_state text;
  v_proposal text;
  v_changed bool;
  v_worse bool;
  v_overdue bool;
  v_year int8;
  v_asked bool; -- something that only a proposal answers
  v_compare bool; -- with what was decided on
  v_shown int8[];
  v_keys jsonb[];
  v_items jsonb;
  v_total int8;
begin
  perform core.args_known(p_args, '{state,proposal,changed,worse,overdue,class_year,limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{last_safe_on,exam_on,name,state}');
  v_state := nullif(core.arg_choice(p_args, 'state', '{any,cleared,conditional,not_cleared,waived,undecided}', 'any'), 'any');
  v_proposal := nullif(core.arg_choice(p_args, 'proposal', '{any,meets,does_not_meet,cannot_say,no_policy}', 'any'), 'any');
  v_changed := core.arg_flag(p_args, 'changed');
  v_worse := core.arg_flag(p_args, 'worse');
  v_overdue := core.arg_flag(p_args, 'overdue');
  v_year := core.arg_number(p_args, 'class_year', null, 1900, 2200);
  v_compare := v_changed or v_worse;
  v_asked := v_proposal is not null or v_compare or v_overdue;
  -- What the ledger and the calendar know by themselves narrows the question before any proposal is made.
  with kept as materialized (
    select k.* from core.clearance_kept_now(v_me.school_id, v_me.now) k where v_asked and not v_compare
  ), class as materialized (
    select r.student_id, r.state, r.exam_on, r.last_safe_on, r.policy_changed, k.proposal,
           case when v_page.sort = 'name' then lower(s.family_name || ' ' || s.given_name) end as name
      from core.clearance_rows(v_me.school_id, v_me.now) r
      join core.student s on s.school_id = v_me.school_id and s.student_id = r.student_id
      left join core.policy p on v_overdue and p.school_id = v_me.school_id and p.policy_id = r.policy_id
      left join kept k
        on k.student_id = r.student_id and k.policy_id = r.policy_id and k.attempt = r.attempt
           and k.exam_on is not distinct from r.exam_on and k.breaks = r.breaks
     where s.status <> 'inactive' and not r.passed and not r.taken and (v_state is null or r.state = v_state)
       and (v_year is null or s.class_year = v_year)
       and (not v_changed or r.policy_changed or r.decided_proposal is not null)
       and (not v_worse or r.state in ('cleared', 'conditional'))
       and (not v_overdue or (r.state = 'undecided' and r.today > core.policy_due(p.rule, r.exam_on)))
  ), said as (
    select x.*
      from (select array_agg(c.student_id) as students from class c where c.proposal is null) n
     cross join lateral core.clearance_proposals(v_me.school_id, v_me.now, n.students, p_why => false, p_compare => v_compare) x
     where v_asked and n.students is not null
  ), found as materialized ( -- sorted by a day or by words; made into a key of a cursor where one is shown or compared with
    select c.student_id as id,
           case v_page.sort when 'name' then null when 'state' then null when 'exam_on' then coalesce(c.exam_on, '9999-12-31')
             else coalesce(c.last_safe_on, '9999-12-31') end as day,
           case v_page.sort when 'name' then c.name when 'state' then c.state end as words
      from class c
      left join said x on x.student_id = c.student_id
     where (v_proposal is null or coalesce(c.proposal, x.proposal, 'no_policy') = v_proposal)
       and (not v_changed or x.evidence_changed or c.policy_changed)
       and (not v_worse or x.worse)
       and (not v_overdue or coalesce(c.proposal, x.proposal) <> 'meets')
  ), page as (
    select f.id, coalesce(to_jsonb(f.day), to_jsonb(f.words)) as key,
           row_number() over (order by v_page.step * (f.day - date '2000-01-01'), case when not v_page.descending then f.words end,
                                       case when v_page.descending then f.words end desc, v_page.step * f.id) as n
      from (select x.* from found x
             where v_page.after is null or core.page_follows(v_page, coalesce(to_jsonb(x.day), to_jsonb(x.words)), x.id)
             order by v_page.step * (x.day - date '2000-01-01'), case when not v_page.descending then x.words end,
                      case when v_page.descending then x.words end desc, v_page.step * x.id
             limit v_page.most + 1) f
  )
  select array_agg(p.id order by p.n), array_agg(p.key order by p.n), (select count(*) from found) into v_shown, v_keys, v_total
    from page p;
  select coalesce(jsonb_agg(jsonb_build_object(
           'student', core.student_ref(s), 'attempt', r.attempt, 'exam_on', r.exam_on, 'last_safe_on', r.last_safe_on,
           'days_left', r.last_safe_on - r.today, 'breaks', r.breaks, 'state', r.state, 'expired', r.expired, 'revision',
             r.decided_revision,
           'decided_at', r.decided_at, 'decided_by', core.staff_ref(v_me.school_id, r.decided_by), 'valid_until', r.valid_until,
           'policy_id', r.policy_id, 'policy_changed', r.policy_changed, 'proposal', coalesce(x.proposal, 'no_policy'),
           'conditional', coalesce(x.conditional, false), 'due_on', x.due_on, 'overdue', coalesce(x.overdue, false),
           'findings', coalesce(x.findings, '[]'), 'evidence', coalesce(x.evidence, '[]'),
           'evidence_changed', coalesce(x.evidence_changed, false), 'worse',
             coalesce(x.worse and r.state in ('cleared', 'conditional'), false))
           order by i.n), '[]')
    into v_items
    from unnest(v_shown[:v_page.most]) with ordinality i(id, n)
    join core.student s on s.school_id = v_me.school_id and s.student_id = i.id
    join core.clearance_rows(v_me.school_id, v_me.now, v_shown[:v_page.most]) r on r.student_id = i.id
    left join core.clearance_proposals(v_me.school_id, v_me.now, coalesce(v_shown[:v_page.most], '{}')) x on x.student_id = i.id;
  return core.reply_list(v_me, p_args, v_items, core.page_next(v_page, v_keys, v_shown), v_total,
    coalesce(v_shown[:v_page.most], '{}'),
    '{student.student_id,student.family_name,student.given_name,student.class_year,attempt,exam_on,last_safe_on,days_left,state,'
    'expired,decided_at,decided_by.name,valid_until,policy_id,policy_changed,proposal,conditional,due_on,overdue,evidence_changed,'
    'worse}');
end
$$;
