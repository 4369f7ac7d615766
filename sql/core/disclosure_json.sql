-- An entry of the ledger of disclosures, as answers show it.
create or replace function core.disclosure_json(p_entry audit.disclosure) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'disclosure_id', p_entry.disclosure_id, 'at', p_entry.at, 'disclosed_on', p_entry.disclosed_on, 'outcome', p_entry.outcome,
    'recipient', p_entry.recipient, 'interest', p_entry.interest, 'what', p_entry.what, 'basis', p_entry.basis,
    'basis_source', b.source, 'basis_words', b.words, 'agreement', p_entry.agreement, 'threat', p_entry.threat,
    'onward', p_entry.onward, 'file_sha256', encode(p_entry.file_sha256, 'hex'), 'notice_version', p_entry.notice_version,
    'corrects', p_entry.corrects, 'corrected_by', (select max(c.disclosure_id) from audit.disclosure c
                                                   where c.school_id = p_entry.school_id and c.corrects = p_entry.disclosure_id),
    'staff', core.staff_ref(p_entry.school_id, p_entry.staff_id),
    'students', core.students_json(p_entry.school_id, p_entry.students), 'students_n', cardinality(p_entry.students))
    from core.disclosure_bases() b where b.basis = p_entry.basis
$$;
