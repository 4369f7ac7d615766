-- What people do to cases: the members that each verb's body may have, and what kind of deed it is. Where a verb is allowed, and to
-- whom, is core.case_transitions().
--
--   blind      adds and overwrites nothing: the revision need not be named (it is checked where it is)
--   acts       somebody did something about the student: the clock of the time-out begins anew, and the queue looks elsewhere for a
--              while. Any kind of contact or note does; moving a case from desk to desk does not
--   undoable   POST …/undo puts it back. A contact, note, task or plan item is changed by its own verbs; reopen
--              is the undo of resolve
--   bulk       can be done to many at once
create or replace function core.case_verbs() returns table (verb text, fields text[], blind bool, acts bool, undoable bool,
  bulk bool)
  language sql immutable parallel safe as $$
  values ('acknowledge', '{revision}'::text[],                                false, true,  true,  true),
         ('start',       '{revision}',                                        false, true,  true,  true),
         ('contact',     '{revision,channel,outcome,on,sentence,follow_up_on}', true, true, false, false),
         ('watch',       '{revision,delta_points,follow_up_on}',                     false, true,  true,  true),
         ('snooze',      '{revision,until}',                                  false, true,  true,  true),
         ('wake',        '{revision}',                                        false, false, true,  true),
         ('take',        '{revision}',                                        false, false, true,  true),
         ('hand_over',   '{revision,to,sentence}',                            false, false, true,  true),
         ('hand_back',   '{revision,sentence}',                               false, false, true,  true),
         ('assign',      '{revision,to}',                                     false, false, true,  true),
         ('due',         '{revision,on}',                                     false, false, true,  true),
         ('follow_up',   '{revision,on}',                                     false, true,  true,  true),
         ('task',        '{revision,title,owner,due_on}',                     true,  true,  false, false),
         ('task_change', '{revision,task,title,owner,due_on,state}',          false, true,  false, false),
         ('plan',        '{revision,kind,text,starts_on,ends_on,state}',      true,  true,  false, false),
         ('plan_change', '{revision,item,text,starts_on,ends_on,state}',      false, true,  false, false),
         ('note',        '{revision,text,tier}',                              true,  true,  false, false),
         ('note_change', '{revision,note,text,tier,retract}',                 false, false, false, false),
         ('merge',       '{revision,into,into_revision}',                     false, false, false, false),
         ('resolve',     '{revision,resolution,sentence}',                    false, true,  false, true),
         ('reopen',      '{revision,sentence}',                               false, true,  false, true),
         ('undo',        '{revision}',                                        false, false, false, false)
$$;
