-- On what ground of law a student's record may be given to somebody who is not an official of the school (34 CFR 99.30, 99.31).
-- needs: what an entry must say: 'agreement', the paper it rests on (which consent, order, or written agreement, and until when),
-- or 'threat', what was feared (99.32(a)(5)). To the student, and to officials of the school with a legitimate interest, is no
-- disclosure of this kind: audit.event has it.
create or replace function core.disclosure_bases() returns table (basis text, source text, words text, needs text)
  language sql immutable parallel safe as $$
  values ('consent',         '34 CFR 99.30',           'with the student''s signed and dated consent', 'agreement'),
         ('other_school',    '34 CFR 99.31(a)(2)',     'to a school where the student seeks or intends to enrol', ''),
         ('authorities',     '34 CFR 99.31(a)(3)',     'to federal or state education authorities, for audit or evaluation', ''),
         ('financial_aid',   '34 CFR 99.31(a)(4)',     'for financial aid that the student applied for or has', ''),
         ('state_law',       '34 CFR 99.31(a)(5)',     'to officials, under a state''s law on juvenile justice', 'agreement'),
         ('studies',         '34 CFR 99.31(a)(6)',     'to an organisation that conducts studies for the school', 'agreement'),
         ('accreditor',      '34 CFR 99.31(a)(7)',     'to an accrediting organisation, for its work', ''),
         ('parent',          '34 CFR 99.31(a)(8)',     'to a parent of a student who is their dependent for tax', 'agreement'),
         ('court',           '34 CFR 99.31(a)(9)',     'to comply with a court order or a lawful subpoena', 'agreement'),
         ('emergency',       '34 CFR 99.31(a)(10), 99.36', 'to protect health or safety in an emergency', 'threat'),
         ('directory',       '34 CFR 99.31(a)(11)',    'directory information', ''),
         ('victim',          '34 CFR 99.31(a)(13)',    'the outcome of a disciplinary proceeding, to a victim', ''),
         ('disciplinary',    '34 CFR 99.31(a)(14)',    'the final results of a disciplinary proceeding', ''),
         ('alcohol',         '34 CFR 99.31(a)(15)',    'to a parent, on the use of alcohol or drugs under the age of 21', ''),
         ('none',            '34 CFR 99.32(a)(1)',     'no ground: asked for, and refused', '')
$$;
