/*
 * libstepguard: a student's side of Stepguard. It keeps practice results on this machine until the school's server has
 * acknowledged each of them, and learns from the server how the student stands.
 *
 * One sg_client is one state directory under a lock; a second one for the same directory is refused while the first is
 * open. Nothing here is thread-safe: a client belongs to the thread that opened it. Nothing prints, nothing exits. The
 * program using the library ignores SIGPIPE and SIGXFSZ, so that a lost connection and a full disk come back as errors.
 *
 * Every call gives SG_OK or a negative sg_status, and then *ret_error has a sentence for the person at the keyboard: what
 * happened, to what, and what to do. Outputs named ret_ are written on success only. Strings are UTF-8.
 * Times are milliseconds since 1970 (UTC), days are civil days since 1970-01-01.
 *
 *   struct sg_error error;
 *   struct sg_client *client;
 *   if (sg_open(&client, NULL, &error) != SG_OK) { fprintf(stderr, "%s\n", error.text); return 1; }
 *   struct sg_sync_report report;
 *   if (sg_sync(client, &(struct sg_sync_options){.max_wait_s = 30}, &report, &error) != SG_OK) ...
 *   sg_close(client);
 */
#ifndef SG_CLIENT_STEPGUARD_H
#define SG_CLIENT_STEPGUARD_H

#include "proto/attr.h"
#include "proto/catalogue.h"
#include "proto/csv.h"
#include "proto/limits.h"
#include "proto/result.h"
#include "proto/study.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---------------------------------------------------------------- errors */

/* clang-format off */
/*  value  name            exit  name in --json    meaning */
#define SG_STATUS_TABLE(X) \
  X(  0,  OK,               0,  "ok",              "done") \
  X( -1,  USAGE,            2,  "usage",           "asked for something that cannot be") \
  X( -2,  DATA,             1,  "data",            "a value or a file is not acceptable") \
  X( -3,  LOCAL,            1,  "local",           "this machine: disk full, no permission, damaged file") \
  X( -4,  LOCKED,           1,  "locked",          "another stepguard is at work here") \
  X( -5,  NOT_ENROLLED,     1,  "not_enrolled",    "this device is not enrolled yet") \
  X( -6,  UNREACHABLE,      3,  "unreachable",     "no connection, or it broke, or time ran out") \
  X( -7,  UNTRUSTED,        3,  "untrusted",       "the other end is not the school's server") \
  X( -8,  REFUSED,          3,  "refused",         "the server said no: see fault") \
  X( -9,  PROTOCOL,         3,  "protocol",        "the server said something this client does not understand") \
  X(-10,  NOMEM,            1,  "out_of_memory",   "out of memory") \
  X(-11,  PASSPHRASE,       1,  "passphrase",      "the key has a passphrase, and it was not given or not right")
/* clang-format on */

enum sg_status {
#define X(value, name, exit, json, meaning) SG_##name = value,
  SG_STATUS_TABLE(X)
#undef X
};

struct sg_error {
  int status;              /* enum sg_status */
  int fault;               /* enum fault of proto/fault.h when the server gave one, else FAULT_NONE */
  int retry;               /* enum fault_retry of that fault, as the server gave it; 0 where there is none */
  uint32_t retry_after_ms; /* what the server asked for; 0 where it did not */
  bool closing;            /* the server ended the connection with it */
  char field[64];          /* "" or the field at fault */
  char text[512];
};

int sg_status_exit(int status);         /* exit code for a program: 0 to 3 */
const char *sg_status_name(int status); /* "unreachable" */
/* Whether the same may go well later by itself: no connection, or a fault that the server calls temporary. */
bool sg_error_passes(const struct sg_error *error);

const char *sg_version(void); /* "0.1.0"; of the shared library only */

/* ---------------------------------------------------------------- opening */

struct sg_client; /* opaque, heap */

enum {
  SG_LOCK_WAIT_MS = 2000 /* an add beside a sync that is about to end; longer is for the person to decide */,
  SG_PASSPHRASE_CAP = 256
};

struct sg_options {
  const char *dir;       /* NULL: $STEPGUARD_HOME, else $XDG_DATA_HOME/stepguard, else ~/.local/share/stepguard */
  unsigned lock_wait_ms; /* how long to wait for another process to finish */
  /* Asked when a key with a passphrase is needed; `again`: the last one was wrong. False, or NULL: nobody can say. */
  bool (*passphrase)(void *arg, bool again, char ret[SG_PASSPHRASE_CAP]);
  void *arg;
};

/* `options` may be NULL for the defaults (and a lock wait of SG_LOCK_WAIT_MS). Makes the directory where it is missing. */
int sg_open(struct sg_client **ret, const struct sg_options *options, struct sg_error *ret_error) MUSTCHECK;
void sg_close(struct sg_client *client); /* NULL is fine */

struct sg_counts {
  uint32_t queued, acknowledged, rejected, conflict; /* results */
  uint32_t plans_queued, plans_rejected;             /* exam plan changes */
  uint32_t study_queued, study_rejected;             /* goals and check-ins */
};

struct sg_about {
  char dir[1024];
  bool enrolled;
  bool passphrase;  /* the key has one */
  char server[256]; /* host of the school's server, "" before enrolment */
  uint16_t student_port;
  char school[128], zone[64], device[128];
  char identity[256];           /* of this device as the school wrote it into the certificate */
  int64_t certificate_until_ms; /* 0 before enrolment */
  int64_t last_sync_ms;         /* 0: never */
  struct sg_counts counts;
};

int sg_about(struct sg_client *client, struct sg_about *ret, struct sg_error *ret_error) MUSTCHECK;

/* The school's zone (IANA name), in which days and deadlines are meant; "" while it is not known. */
int sg_zone(struct sg_client *client, char *ret, size_t cap, struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- enrolment */

struct sg_enrolment {
  const char *server;     /* "host:port", "[::1]:port" */
  const char *code;       /* as printed in the letter; see proto/code.h */
  const char *device;     /* what the student calls this machine; NULL: its host name */
  bool replace;           /* give up an earlier enrolment of this directory */
  const char *passphrase; /* for the key on disk; NULL or "": none */
  unsigned max_wait_s;    /* how long to go on trying while the server is away or busy; 0: one try */
};

/* Makes the key, gets the certificate, keeps both. When the answer is lost, the same call with the same code gives the
 * same certificate. Then asks the server once for the school's name and zone; failing at that is no failure. */
int sg_enrol(struct sg_client *client, const struct sg_enrolment *enrolment, struct sg_error *ret_error) MUSTCHECK;

/* Whether a code can be one, as typed: its length and its check letters. Nothing goes out. */
int sg_code_check(const char *code, struct sg_error *ret_error) MUSTCHECK;

/* Puts another passphrase on the key; "": none. The old one is asked for where there is one. */
int sg_passphrase(struct sg_client *client, const char *passphrase, struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- results */

enum sg_row_state { SG_QUEUED = 0, SG_ACKNOWLEDGED = 1, SG_REJECTED = 2, SG_CONFLICT = 3 };
enum { SG_FIELD_CAP = 64, SG_REASON_CAP = 256 };

struct sg_row {
  struct result result;
  enum sg_row_state state;
  int64_t recorded_ms, settled_ms;                 /* settled: 0 while queued */
  char field[SG_FIELD_CAP], reason[SG_REASON_CAP]; /* why it was refused; else "" */
  uint32_t number;                                 /* how this result is called on this device, whatever its revision */
  bool current;                                    /* of its revisions here the highest, which counts */
};

enum sg_added {
  SG_ADDED,     /* recorded, and in the queue */
  SG_IDENTICAL, /* was here already, the same to the last field */
  SG_DIFFERENT, /* this id and revision are here with other content; nothing was changed */
};

/* The result is checked (proto/result.h) and on disk when this comes back. */
int sg_add(struct sg_client *client, const struct result *result, enum sg_added *ret, struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- changing, withdrawing, taking back */

/* The highest revision of a result, by its number here (sg_row.number). SG_DATA where there is none. */
int sg_find(struct sg_client *client, uint32_t number, struct sg_row *ret, struct sg_error *ret_error) MUSTCHECK;

enum sg_act_kind { SG_ACT_ADD, SG_ACT_IMPORT, SG_ACT_EDIT, SG_ACT_RETRACT, SG_ACT_UNDO };
const char *sg_act_name(enum sg_act_kind kind); /* "add" */

/* A field of results.csv by its name, and what it is to be, as that file would have it. */
struct sg_change {
  const char *field, *value;
};

/* The same with some fields changed, read and checked as a row of results.csv; also takes back a retraction. *ret_changed is false
 * where all was so already, and then nothing is recorded. */
int sg_edit(struct sg_client *client, uint32_t number, const struct sg_change *changes, size_t n, struct sg_row *ret,
            bool *ret_changed, struct sg_error *ret_error) MUSTCHECK;
int sg_retract(struct sg_client *client, uint32_t number, struct sg_row *ret, bool *ret_changed,
               struct sg_error *ret_error) MUSTCHECK;

struct sg_undo_report {
  char kind[16], what[256]; /* the act that was taken back */
  int64_t made_ms;
  uint32_t removed;   /* never sent, and gone */
  uint32_t retracted; /* the school has or may have them: the next sync withdraws them */
  uint32_t restored;  /* the same, and they get back what they were before */
  uint32_t left;      /* in conflict with what the school has: untouched */
};

/* Takes back the last thing recorded on this device: an add, an import, an edit, a retraction. Again: the one before. */
int sg_undo(struct sg_client *client, struct sg_undo_report *ret, struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- importing */

/* What only a person can answer. `text` is a whole question; `choices`, where there are any, are what may be answered. */
enum sg_question_kind {
  SG_ASK_EPC,        /* the equated percent of a form; subject "25@2023-09-20". "": leave the form out */
  SG_ASK_SCALE,      /* subject: the instrument. A scale's name; "": leave the row out */
  SG_ASK_DATES,      /* how the file writes days: "mdy", "dmy"; "": leave those rows out */
  SG_ASK_COLUMN,     /* subject: a column of results.csv. A column of the file, or =VALUE for all rows; "": it has none */
  SG_ASK_INSTRUMENT, /* subject: what the file calls it. CODE, or CODE and a form; "": leave those rows out */
  SG_ASK_RESET,      /* a table counts less than last time: "yes", it is a second pass */
};
enum { SG_ANSWER_CAP = 128 };

struct sg_question {
  enum sg_question_kind kind;
  const char *subject, *text;
  const char *const *choices;
  const char *const *examples; /* one for each choice; NULL: there are none */
  size_t choices_n;
  const char *preset; /* the likeliest answer, or "" */
  const char *wrong;  /* why the last answer could not be taken; NULL the first time */
};

struct sg_import {
  const char *name; /* of the file, or what is added, for who wants to undo it */
  bool by_hand;     /* one row that a person typed, not a file */
  /* Gives up to cap bytes, 0 at the end, -1 with errno when reading failed. */
  ptrdiff_t (*read)(void *arg, void *bytes, size_t cap);
  void (*finding)(void *arg, const struct csv_finding *finding);                           /* may be NULL */
  void (*row)(void *arg, uint64_t line, const struct result *result, enum sg_added added); /* may be NULL */
  /* What is answered without asking anybody, as by an option; false, or NULL: it is not. */
  bool (*known)(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]);
  /* False, or NULL: nobody to ask. It may take its time: meanwhile other processes may use the directory, and what they did counts.
   * It must not use this client. */
  bool (*ask)(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]);
  ptrdiff_t (*subs_read)(void *arg, void *bytes, size_t cap);         /* subscores.csv, as `read`; NULL: there is none */
  void (*subs_finding)(void *arg, const struct csv_finding *finding); /* about it; may be NULL */
  void *arg;
  bool dry_run;         /* tell all, keep nothing */
  bool anew;            /* ask how to read the file also where that was answered before */
  const char *taken_on; /* the day of a pasted table, as in results.csv; NULL: today */
};

/* What a file was taken for. */
enum sg_format { SG_FORMAT_RESULTS, SG_FORMAT_NBME, SG_FORMAT_UWORLD, SG_FORMAT_MAPPED };

struct sg_import_totals {
  uint64_t added, identical, refused, warnings; /* refused: rows, not findings */
  uint64_t corrected;                           /* of those added: further revisions of what was here */
  enum sg_format format;
};

/* Reads a file: results.csv; the question details of NBME INSIGHTS; a performance table of UWorld's, pasted; or any other table,
 * when somebody says which column is what (which is remembered). Characters, separators and days as spreadsheets write them are
 * understood. All good rows are recorded in one transaction, whatever the others are like; refused rows are told through
 * `finding`. SG_DATA when the file is no table that can be read, or anything in the sub-scores (nothing is recorded); the totals
 * say what a file had otherwise. A result that was recorded without its sub-scores differs from the same with them. */
int sg_import(struct sg_client *client, const struct sg_import *import, struct sg_import_totals *ret,
              struct sg_error *ret_error) MUSTCHECK;

enum sg_filter { SG_LIST_ALL, SG_LIST_QUEUED, SG_LIST_REFUSED };

/* In order of the day taken. `each` returns false to stop. */
int sg_list(struct sg_client *client, enum sg_filter filter, bool (*each)(void *arg, const struct sg_row *row), void *arg,
            struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- exam plan */

/* Numbers of PlanAction and Outcome in stepguard.proto. */
enum sg_plan_action { SG_PLAN_SET = 1, SG_PLAN_CANCEL = 2, SG_PLAN_TAKEN = 3, SG_PLAN_RESULT = 4 };
enum sg_outcome { SG_OUTCOME_NONE = 0, SG_OUTCOME_PASS = 1, SG_OUTCOME_FAIL = 2 };
enum { SG_NO_DAY = INT32_MIN };

struct sg_plan {
  uint8_t id[UUID_BYTES]; /* set by sg_plan_change */
  enum sg_plan_action action;
  uint32_t attempt;                                          /* from 1 */
  int32_t exam_day, permit_from, permit_to, dedicated_start; /* or SG_NO_DAY */
  enum sg_outcome outcome;
  int64_t made_at_ms; /* set by sg_plan_change */
  enum sg_row_state state;
  char field[SG_FIELD_CAP], reason[SG_REASON_CAP];
};

int sg_plan_change(struct sg_client *client, const struct sg_plan *plan, struct sg_error *ret_error) MUSTCHECK;
/* Oldest first. */
int sg_plan_list(struct sg_client *client, bool (*each)(void *arg, const struct sg_plan *plan), void *arg,
                 struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- goals and check-ins */

struct sg_study {
  struct study_entry entry;
  enum sg_row_state state; /* of what was said on another device: SG_ACKNOWLEDGED */
  char field[SG_FIELD_CAP], reason[SG_REASON_CAP];
};

/* Takes down a goal or a check-in (study_entry_of makes one to fill in); its id and time are set here. The entry is checked
 * (proto/study.h) and on disk when this comes back. To change what was said, say it again: the last one counts, on every device. */
int sg_study_add(struct sg_client *client, const struct study_entry *entry, struct sg_error *ret_error) MUSTCHECK;
/* In the order in which they were said, those of other devices included as far as the last sync told. */
int sg_study_list(struct sg_client *client, bool (*each)(void *arg, const struct sg_study *study), void *arg,
                  struct sg_error *ret_error) MUSTCHECK;
/* What stands: the goal on that day, or the check-in of the week that it is in. *ret_known is false where there is none. */
int sg_study_standing(struct sg_client *client, enum study_kind kind, int32_t day, struct sg_study *ret, bool *ret_known,
                      struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- messages from the office */

struct sg_message {
  uint64_t id;
  int64_t written_ms, changed_ms; /* the same where it was not edited */
  bool is_new;                    /* came, or became another, since sg_messages_read() */
  char writer[LIMIT_WRITER_CHARS + 1];
  char text[LIMIT_MESSAGE_CHARS + 1]; /* lines parted by a line feed; nothing else in it that is not printed */
};

struct sg_messages_about {
  uint32_t n, n_new;
  bool more;           /* the school has older ones */
  int64_t received_ms; /* when they were asked for last; 0: never */
};

/* Those that the last sync brought, newest first. `each` may be NULL; what it is given is good for that call. */
int sg_messages(struct sg_client *client, void (*each)(void *arg, const struct sg_message *message), void *arg,
                struct sg_messages_about *ret, struct sg_error *ret_error) MUSTCHECK;
/* Those that are here now are not new any more. On this device: others have not shown them yet. */
int sg_messages_read(struct sg_client *client, struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- standing */

/* Numbers of State in stepguard.proto. */
enum sg_state { SG_STATE_NONE = 0, SG_AT_RISK = 1, SG_BORDERLINE = 2, SG_ON_TRACK = 3, SG_CANNOT_SAY = 4 };

struct sg_reason {
  char code[64];
  double points;
  char text[256];
};

struct sg_flag {
  char code[64];
  uint32_t version;
  char text[256];
};

/* An area that the school's model calls weak. */
struct sg_weak {
  const struct area *area;
  uint32_t items, correct; /* of the last months */
  double p_below;          /* that readiness in it lies below the passing standard */
};

enum { SG_REASONS_MAX = 64, SG_FLAGS_MAX = 64, SG_WEAK_MAX = 64 }; /* what a page holds; the server sends far fewer */

struct sg_standing {
  enum sg_state state;
  int64_t as_of_ms, received_ms;
  uint32_t results_used;
  double readiness_mean, readiness_sd, exam_day_mean, exam_day_sd, p_pass, p_low, p_high;
  int32_t exam_day; /* or SG_NO_DAY */
  char parameters[64];
  size_t reasons_n, flags_n, weak_n;
  struct sg_reason reasons[SG_REASONS_MAX];
  struct sg_flag flags[SG_FLAGS_MAX];
  struct sg_weak weak[SG_WEAK_MAX]; /* the surest first */
};

/* The last one the server gave. *ret_known is false where there is none yet. */
int sg_standing(struct sg_client *client, struct sg_standing *ret, bool *ret_known, struct sg_error *ret_error) MUSTCHECK;
/* What it said before, the last of each day, oldest first, the newest one included. */
int sg_standings(struct sg_client *client, void (*each)(void *arg, const struct sg_standing *standing), void *arg,
                 struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- syncing */

struct sg_sync_options {
  unsigned max_wait_s; /* how long to go on trying while the server is away or busy; 0: one try */
  bool standing_only;  /* ask how things stand and what the office wrote, send nothing */
  void (*progress)(void *arg, const char *what, uint64_t done, uint64_t total); /* may be NULL */
  void *arg;
};

struct sg_sync_report {
  uint32_t stored, identical, conflict, rejected; /* results settled now */
  uint32_t plans_stored, plans_rejected;
  uint32_t study_stored, study_rejected; /* goals and check-ins */
  uint32_t messages_new;                 /* from the office, and not read on this device */
  uint32_t damaged;                      /* rows whose checksum is wrong: kept, listed, not sent */
  uint32_t left;                         /* results still queued */
  uint32_t tries;                        /* connections made */
  bool standing_fresh;
  bool renewed;
  char note[256]; /* "" or something worth saying: a clock that is off, a renewal put off */
};

/* Sends all that is queued. On any failure what was acknowledged until then stays acknowledged and *ret_report has been
 * filled as well (the one exception to the rule above): run it again, nothing is sent in vain and nothing counts twice. */
int sg_sync(struct sg_client *client, const struct sg_sync_options *options, struct sg_sync_report *ret_report,
            struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- looking for faults */

enum sg_probe_step { SG_PROBE_NAME, SG_PROBE_CONNECT, SG_PROBE_HELLO, SG_PROBE_DONE };

struct sg_probe {
  enum sg_probe_step step; /* the one that failed; SG_PROBE_DONE: none */
  struct sg_error error;   /* of that step */
  char address[64];        /* what the name stands for, "" before that is known */
  uint32_t took_ms;        /* from connecting to the server's welcome */
  int64_t clock_off_ms;    /* ours minus the server's; 0 before the welcome */
};

/* Tries to reach the server, once, and sends nothing but a hello. A server that is not reached is no failure of this call. */
int sg_probe(struct sg_client *client, struct sg_probe *ret, struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- one's own devices */

/* Numbers of DeviceState in stepguard.proto. */
enum sg_device_state { SG_DEVICE_IN_FORCE = 1, SG_DEVICE_REVOKED = 2, SG_DEVICE_EXPIRED = 3, SG_DEVICE_UNFINISHED = 4 };

struct sg_device {
  uint64_t id;
  char name[LIMIT_DEVICE_NAME_CHARS + 1];
  bool here; /* this one */
  enum sg_device_state state;
  int64_t enrolled_ms, last_seen_ms, until_ms, revoked_ms; /* each but the first 0 where there is none; last_seen to the hour */
};

/* Asks the school, and keeps nothing of the answer; the one enrolled last first. As sg_disclosures(). */
int sg_devices(struct sg_client *client, const struct sg_sync_options *options,
               void (*each)(void *arg, const struct sg_device *device), void *arg, bool *ret_more,
               struct sg_error *ret_error) MUSTCHECK;
/* Signs off another device of the student's, for good, and gives what is so after it. One that is signed off already stays so. */
int sg_device_revoke(struct sg_client *client, const struct sg_sync_options *options, uint64_t id,
                     void (*each)(void *arg, const struct sg_device *device), void *arg, bool *ret_more,
                     struct sg_error *ret_error) MUSTCHECK;

/* ---------------------------------------------------------------- disclosures */

enum { SG_GROUND_CAP = 64, SG_GROUND_TEXT_CAP = 256 };

/* The student's record was given to somebody outside the school's officials, or asked for in vain (34 CFR 99.32). */
struct sg_disclosure {
  int32_t day;
  bool refused; /* asked for, and not given */
  char recipient[LIMIT_RECIPIENT_CHARS + 1];
  char what[LIMIT_DISCLOSED_CHARS + 1], interest[LIMIT_DISCLOSED_CHARS + 1];
  char ground[SG_GROUND_CAP], ground_text[SG_GROUND_TEXT_CAP];               /* of law: "34 CFR 99.31(a)(7)", and in words */
  char threat[LIMIT_DISCLOSED_CHARS + 1], onward[LIMIT_DISCLOSED_CHARS + 1]; /* or "" */
};

/* Asks the school, and keeps nothing of the answer. Newest first; `each` hears of none before all have been looked at, and
 * what it is given is good for that call. *ret_more: the school has older ones. Of the options, `standing_only` is not used. */
int sg_disclosures(struct sg_client *client, const struct sg_sync_options *options,
                   void (*each)(void *arg, const struct sg_disclosure *disclosure), void *arg, bool *ret_more,
                   struct sg_error *ret_error) MUSTCHECK;

#endif
