-- Who of the staff reads a note: 'team' and 'student' everybody with a ground for the student, 'owner' the case's owner (and who
-- covers for them) and the dean, 'dean' the dean; its author always. A note taken back: the dean alone. Programs read what the
-- team reads. The student may inspect every note (34 CFR 99.10), and is shown those of the tier 'student' without asking: the
-- other tiers are about staff.
create or replace function core.note_readable(p_me core.me, p_case core.case_file, p_note core.case_note) returns bool
  language sql stable as $$
  select case
           when 'dean' = any (p_me.roles) then true
           when p_note.retracted then false
           when p_note.tier in ('student', 'team') or p_note.author_id = p_me.staff_id then true
           when p_note.tier = 'owner' then p_case.owner_id = p_me.staff_id
                                           or core.covers(p_me.school_id, p_me.staff_id, p_case.owner_id, p_me.now)
           else false
         end is true
$$;
