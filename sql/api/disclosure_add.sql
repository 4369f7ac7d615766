-- Writes into the ledger (34 CFR 99.32) that students' records were given to somebody who is no official of the school, or that
-- somebody asked and was refused: {"students", "recipient", "interest", "what", "basis" (core.disclosure_bases), "agreement",
-- "threat", "onward", "disclosed_on", "outcome" (disclosed, refused), "file_sha256", "corrects"}. 201 with the entry and "notice",
-- the words that go with what is given (99.33(d)). Wants a fresh proof. POST /api/v1/disclosures
--
-- An entry stays as it is; a wrong one is corrected by a further entry that names it. Refuses 422 where the basis needs a paper or,
-- in an emergency (99.36), what was feared.
--
-- Who: sg_office. Ground: dean or auditor of the school. Locks: none.
create or replace function api.disclosure_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'disclose', p_write => true, p_step_up => true);
  c_students_most constant int4 := 5000; -- a whole school's bundle for its accreditor
  v_today constant date := (v_me.now at time zone v_me.zone)::date;
  v_body constant jsonb := p_args -> 'body';
  v_basis record;
  v_entry audit.disclosure;
  v_words text;
begin
  perform core.args_known(p_args, '{}', '{students,recipient,interest,what,basis,agreement,threat,onward,disclosed_on,outcome,'
    'file_sha256,corrects}');
  v_entry.students := core.student_named(v_me, v_body, 'students', c_students_most);
  v_entry.recipient := core.arg(v_body, 'recipient', true, 500);
  v_entry.interest := core.arg(v_body, 'interest', true, 2000);
  v_entry.what := core.arg(v_body, 'what', true, 2000);
  v_entry.basis := core.arg_choice(v_body, 'basis', array(select b.basis from core.disclosure_bases() b), null);
  v_entry.agreement := coalesce(core.arg(v_body, 'agreement', p_most => 500), '');
  v_entry.threat := coalesce(core.arg(v_body, 'threat', p_most => 2000), '');
  v_entry.onward := coalesce(core.arg(v_body, 'onward', p_most => 2000), '');
  v_entry.disclosed_on := coalesce(core.arg_day(v_body, 'disclosed_on'), v_today);
  v_entry.outcome := core.arg_choice(v_body, 'outcome', '{disclosed,refused}', 'disclosed');
  v_entry.corrects := core.arg_number(v_body, 'corrects', null, 1, 999999999999999999);
  select * into v_basis from core.disclosure_bases() b where b.basis = v_entry.basis;
  if v_basis.needs = 'agreement' and v_entry.agreement = '' and v_entry.outcome = 'disclosed' then
    perform core.refuse(422, 'missing', format('%s: which paper does it rest on?', v_basis.source), 'agreement',
                        'Name the consent, order or agreement, and until when it holds.');
  elsif v_basis.needs = 'threat' and v_entry.threat = '' then
    perform core.refuse(422, 'missing', 'What was feared, for whose health or safety? 34 CFR 99.32(a)(5) wants it written down.',
                        'threat');
  elsif v_entry.basis = 'none' and v_entry.outcome = 'disclosed' then
    perform core.refuse(422, 'invalid', 'Without a ground of law nothing may be given.', 'basis', 'Name the ground, or "refused".');
  elsif v_entry.disclosed_on > v_today then
    perform core.refuse(422, 'invalid', 'That day has not come.', 'disclosed_on');
  elsif v_entry.corrects is not null and not exists (
          select from audit.disclosure d where d.school_id = v_me.school_id and d.disclosure_id = v_entry.corrects) then
    perform core.refuse(404, 'not_found', 'There is no such entry.', 'corrects');
  end if;
  select n.version, n.words into v_entry.notice_version, v_words from core.redisclosure_notice() n;
  insert into audit.disclosure (school_id, disclosed_on, outcome, students, recipient, interest, what, basis, agreement, threat,
                                onward, file_sha256, notice_version, corrects, staff_id, address, request_id)
  values (v_me.school_id, v_entry.disclosed_on, v_entry.outcome, v_entry.students, v_entry.recipient, v_entry.interest,
          v_entry.what, v_entry.basis, v_entry.agreement, v_entry.threat, v_entry.onward, core.arg_hash(v_body, 'file_sha256'),
          v_entry.notice_version, v_entry.corrects, v_me.staff_id, p_caller.address, p_caller.request_id)
  returning * into v_entry;
  perform core.note_done(v_me, 'disclosure_add', v_entry.students, jsonb_build_object('disclosure_id', v_entry.disclosure_id,
    'basis', v_entry.basis, 'outcome', v_entry.outcome));
  return core.reply(core.disclosure_json(v_entry) || jsonb_build_object('notice', v_words), v_entry.students, v_me.ground, 201);
end
$$;
