-- Who may call what: the whole list. Applied after every migration; a right that is not here any more is taken back.
do $$
declare
  v_row record;
  v_function regprocedure;
begin
  -- One function per name in schema api (tests/20sql holds them to it), so a name says which.
  for v_function in select p.oid from pg_proc p where p.pronamespace = 'api'::regnamespace loop
    execute format('revoke all on function %s from public, sg_student, sg_enrol, sg_office, sg_report, sg_metrics, sg_operator',
                   v_function);
  end loop;
  for v_row in
    select * from (values
      ('connection_check',   'sg_student, sg_enrol, sg_office, sg_report, sg_metrics, sg_operator'),
      -- student port
      ('hello',              'sg_student'),
      ('ingest_results',     'sg_student'),
      ('student_states_of',  'sg_student'),
      ('change_plan',        'sg_student'),
      ('claim_stale',        'sg_student'),
      ('renew_begin',        'sg_student'),
      ('revoked_since',      'sg_student'),
      ('disclosures_of',     'sg_student'),
      ('study_add',          'sg_student'),
      ('study_of',           'sg_student'),
      ('messages_of',        'sg_student'),
      ('devices_of',         'sg_student'),
      ('certificate_issued', 'sg_student, sg_enrol'),
      ('record_evaluations', 'sg_student, sg_report, sg_operator'),
      ('record_assessments', 'sg_student, sg_report, sg_operator'), -- of the version before
      ('parameters',         'sg_student, sg_report, sg_operator, sg_office'),
      -- enrolment port
      ('spend_code',         'sg_enrol'),
      -- nightly report
      ('student_states',     'sg_report, sg_operator'),
      ('student_numbers',    'sg_report, sg_operator'),
      ('student_facts',      'sg_report, sg_operator'),
      ('student_evidence',   'sg_report, sg_operator'),
      ('nights_due',         'sg_report'),
      ('run_begin',          'sg_report'),
      ('brief',              'sg_report'),
      ('run_finish',         'sg_report'),
      ('paper_packet',       'sg_report'),
      ('paper_class',        'sg_report'),
      ('paper_accreditation', 'sg_report'),
      ('cases_sweep',        'sg_report, sg_office'), -- the daemon between nights
      ('clearance_sweep',    'sg_report'),
      ('messages_claim',     'sg_report'),
      ('message_done',       'sg_report'),
      ('message_test',       'sg_report'),
      ('cases_sweep',        'sg_report, sg_office'), -- the daemon between nights
      ('student_pasts',      'sg_report, sg_operator'),
      ('estimates_keep',     'sg_report'),
      ('estimates_add',      'sg_report, sg_operator'),
      ('night_keep',         'sg_report, sg_operator'),
      -- the daemon's worker of jobs
      ('job_claim',          'sg_office'),
      ('job_students',       'sg_office'),
      ('job_advance',        'sg_office'),
      ('job_finish',         'sg_office'),
      -- operator
      ('nights_kept',        'sg_operator'),
      ('school_ensure',      'sg_operator'),
      ('staff_first',        'sg_operator'),
      ('staff_accounts',     'sg_operator'),
      ('doctor',             'sg_operator'),
      ('sealed',             'sg_operator'),
      ('sealed_change',      'sg_operator'),
      ('trail_export',       'sg_operator'),
      ('queue',              'sg_operator'),
      ('student_show',       'sg_operator'),
      ('parameters_add',     'sg_operator'),
      ('parameters_of',      'sg_operator'),
      ('import_feed',        'sg_operator'),
      ('import_file',        'sg_operator'),
      ('roster_import',      'sg_operator'),
      ('plans_import',       'sg_operator'),
      ('scores_import',      'sg_operator'),
      ('imports_of',         'sg_operator'),
      ('import_take_back',   'sg_operator'),
      ('codes_issue',        'sg_operator'),
      ('revoke',             'sg_operator')
    ) t(name, roles)
  loop
    select p.oid into strict v_function from pg_proc p where p.pronamespace = 'api'::regnamespace and p.proname = v_row.name;
    execute format('grant execute on function %s to %s', v_function, v_row.roles);
  end loop;
  -- The office: whatever takes an api.caller judges the caller itself (core.staff_enter) and is the office port's, nobody else's.
  for v_function in select p.oid from pg_proc p
                     where p.pronamespace = 'api'::regnamespace and p.proargtypes[0] = 'api.caller'::regtype loop
    execute format('grant execute on function %s to sg_office', v_function);
  end loop;
end
$$;
