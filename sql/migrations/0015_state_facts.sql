-- Three more facts that an estimate's flags rest on: when the last attempt failed, when earlier ones were taken, and how often the
-- day of the coming one was moved.
--
-- They stand at the end of api.student_state, which is read by place: a daemon of the version before goes on reading what it knows.
-- Its prepared statements find that their result has changed, once; the pool then prepares anew on a fresh connection
-- (server/db/pipe.c).
alter type api.student_state add attribute last_failed_day date;
alter type api.student_state add attribute sittings date[]; -- days on which earlier attempts were taken, newest first
alter type api.student_state add attribute date_moves int2;
