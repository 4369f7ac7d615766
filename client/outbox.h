/*
 * The outbox: everything this device knows that must not be lost, in one SQLite file.
 *
 * Invariants: a row is on disk when the call that recorded it comes back; a row leaves the queue by outbox_settle() with
 * the server's word for it and by nothing else; a refused row keeps its reason and never stands in the way of the others.
 * One connection per file: the caller holds the lock of the state directory (home.h) whenever it reads or writes here. While a
 * person is asked something it does neither, and lets go of the lock (import_ask.c).
 */
#ifndef SG_CLIENT_OUTBOX_H
#define SG_CLIENT_OUTBOX_H

#include "client/home.h"

enum { OUTBOX_VALUE_CAP = 512, OUTBOX_STANDING_CAP = 64 * 1024 };

struct outbox; /* opaque, heap */

/* Opens `outbox.db`, makes or migrates it, and checks it (quick_check). */
int outbox_open(struct outbox **ret, const struct home *home, struct sg_error *ret_error) MUSTCHECK;
void outbox_close(struct outbox *outbox);

/* Nothing between begin and commit is kept unless commit says so. Not nested. Without them each call is one transaction. */
int outbox_begin(struct outbox *outbox, struct sg_error *ret_error) MUSTCHECK;
int outbox_commit(struct outbox *outbox, struct sg_error *ret_error) MUSTCHECK;
void outbox_rollback(struct outbox *outbox);

/* Settings: short texts by name. get gives "" for what was never set. */
int outbox_get(struct outbox *outbox, const char *name, char *ret, size_t cap, struct sg_error *ret_error) MUSTCHECK;
int outbox_get_ms(struct outbox *outbox, const char *name, int64_t *ret, struct sg_error *ret_error) MUSTCHECK; /* 0 if unset */
int outbox_set(struct outbox *outbox, const char *name, const char *value, struct sg_error *ret_error) MUSTCHECK;
int outbox_set_ms(struct outbox *outbox, const char *name, int64_t value, struct sg_error *ret_error) MUSTCHECK;

int outbox_record(struct outbox *outbox, const struct result *result, int64_t now_ms, enum sg_added *ret,
                  struct sg_error *ret_error) MUSTCHECK;

/* ---- what is queued, in order of (id, revision), which is nearly the order of time ---- */

struct outbox_row {
  int64_t seq;
  bool damaged; /* its checksum is wrong: not to be sent */
  struct result result;
};

/* The next queued rows after (id, revision); `after` NULL starts at the first. *ret_n 0: no more. */
int outbox_queued(struct outbox *outbox, const struct outbox_row *after, struct outbox_row *rows, size_t cap, size_t *ret_n,
                  struct sg_error *ret_error) MUSTCHECK;

/* The server's word for one row. `state` is never SG_QUEUED. */
int outbox_settle(struct outbox *outbox, int64_t seq, enum sg_row_state state, int64_t now_ms, const char *field,
                  const char *reason, struct sg_error *ret_error) MUSTCHECK;

int outbox_list(struct outbox *outbox, enum sg_filter filter, bool (*each)(void *arg, const struct sg_row *row), void *arg,
                struct sg_error *ret_error) MUSTCHECK;
int outbox_counts(struct outbox *outbox, struct sg_counts *ret, struct sg_error *ret_error) MUSTCHECK;

/* ---- acts: what is recorded between begin and end belongs together and can be taken back together ---- */

int outbox_act_begin(struct outbox *outbox, enum sg_act_kind kind, const char *what, int64_t now_ms,
                     struct sg_error *ret_error) MUSTCHECK;
/* An act in which nothing was recorded or learned is forgotten. */
int outbox_act_end(struct outbox *outbox, struct sg_error *ret_error) MUSTCHECK;
/* Takes back the last act that stands. The caller has begun a transaction. */
int outbox_undo(struct outbox *outbox, int64_t now_ms, struct sg_undo_report *ret, struct sg_error *ret_error) MUSTCHECK;
/* Before anything is handed to a connection: what is queued now may be known to the school from here on. */
int outbox_sending(struct outbox *outbox, struct sg_error *ret_error) MUSTCHECK;

/* What files have taught, by name; "" where there is nothing. */
enum { OUTBOX_MEMORY_CAP = 16 * 1024 };
int outbox_memory_get(struct outbox *outbox, const char *name, char *ret, size_t cap, struct sg_error *ret_error) MUSTCHECK;
int outbox_memory_set(struct outbox *outbox, const char *name, const char *body, struct sg_error *ret_error) MUSTCHECK;

/* ---- one result: its highest revision. *ret_found tells whether there is one; `field` and `reason` are not filled. ---- */

int outbox_latest(struct outbox *outbox, const uint8_t id[UUID_BYTES], struct sg_row *ret, bool *ret_found,
                  struct sg_error *ret_error) MUSTCHECK;
int outbox_numbered(struct outbox *outbox, uint32_t number, struct sg_row *ret, bool *ret_found,
                    struct sg_error *ret_error) MUSTCHECK;
/* The first one taken in that span that was not retracted. */
int outbox_find_form(struct outbox *outbox, const char *instrument, const char *form, int64_t from_ms, int64_t until_ms,
                     struct sg_row *ret, bool *ret_found, struct sg_error *ret_error) MUSTCHECK;

/* ---- exam plan ---- */

int outbox_plan_record(struct outbox *outbox, const struct sg_plan *plan, struct sg_error *ret_error) MUSTCHECK;
int outbox_plan_list(struct outbox *outbox, bool queued_only, bool (*each)(void *arg, const struct sg_plan *plan), void *arg,
                     struct sg_error *ret_error) MUSTCHECK;
int outbox_plan_settle(struct outbox *outbox, const uint8_t id[UUID_BYTES], enum sg_row_state state, const char *field,
                       const char *reason, struct sg_error *ret_error) MUSTCHECK;

/* ---- goals and check-ins ---- */

/* One that is known already, by its id, stays as it is. */
int outbox_study_record(struct outbox *outbox, const struct study_entry *entry, enum sg_row_state state,
                        struct sg_error *ret_error) MUSTCHECK;
/* In the order in which they were said. */
int outbox_study_list(struct outbox *outbox, bool queued_only, bool (*each)(void *arg, const struct sg_study *study), void *arg,
                      struct sg_error *ret_error) MUSTCHECK;
/* The one said last of those with a day in that span that were not refused. */
int outbox_study_standing(struct outbox *outbox, enum study_kind kind, int32_t from_day, int32_t to_day, struct sg_study *ret,
                          bool *ret_found, struct sg_error *ret_error) MUSTCHECK;
int outbox_study_settle(struct outbox *outbox, const uint8_t id[UUID_BYTES], enum sg_row_state state, const char *field,
                        const char *reason, struct sg_error *ret_error) MUSTCHECK;

/* ---- last messages, as bytes ---- */

int outbox_messages_set(struct outbox *outbox, const void *body, size_t len, int64_t received_ms,
                        struct sg_error *ret_error) MUSTCHECK;
/* Gives what `read` gives; SG_OK where there are none yet. What it is given is good for that call. */
int outbox_messages_get(struct outbox *outbox, int (*read)(void *arg, const uint8_t *body, size_t len, int64_t received_ms),
                        void *arg, struct sg_error *ret_error) MUSTCHECK;

/* ---- last standing, as bytes ---- */

int outbox_standing_set(struct outbox *outbox, const void *body, size_t len, int64_t received_ms,
                        struct sg_error *ret_error) MUSTCHECK;
/* Those of the last OUTBOX_STANDINGS days on which there was one, the last of each day, oldest first. */
enum { OUTBOX_STANDINGS = 400 };
int outbox_standing_past(struct outbox *outbox, void (*each)(void *arg, const uint8_t *body, size_t len, int64_t received_ms),
                         void *arg, struct sg_error *ret_error) MUSTCHECK;
/* *ret_len 0: none yet. `body` has room for OUTBOX_STANDING_CAP bytes. */
int outbox_standing_get(struct outbox *outbox, uint8_t *body, size_t *ret_len, int64_t *ret_received_ms,
                        struct sg_error *ret_error) MUSTCHECK;

#endif
