/*
 * Syncing: what is queued goes out, the server's word for each row comes back, and only that takes a row off the queue.
 *
 * One connection is sync_session(), to be read from its end upwards: hello, renewal if due, results in batches up to the
 * window, plan changes, standing. Everything it learns is on disk before the next answer is read, so it may break off
 * anywhere and simply be run again; the server recognises what it has by id and says "identical".
 *
 * Faults come in three kinds.
 *   temporary    busy, restarting, database away: no more is sent, the answers still due are taken, then back-off.
 *   final        revoked, wrong school, an answer that makes no sense: the student is told.
 *   poison       a request the server will never take (malformed, too large, invalid). One bad row must not block the
 *                others, so the batch is halved until the row stands alone; that row goes to the list of refused ones and
 *                the rest go on. While that lasts only one request is under way, so that a fault which names none is about
 *                it. A server that calls more than ISOLATED_MAX rows poison is itself what is wrong, and we stop.
 * A server that fails inside (INTERNAL) twice is treated as if a row did it, except that the row stays queued.
 *
 * Rejected: one transaction for the whole sync. It would make ten thousand rows quicker by milliseconds and lose all
 * receipts of a connection that breaks.
 */
#include "client/backoff.h"
#include "client/client.h"
#include "client/error.h"
#include "client/keys.h"
#include "client/talk.h"
#include "proto/fault.h"
#include "proto/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  ISOLATED_MAX = 16,    /* rows found to be poison before the server itself is in doubt */
  CLOCK_OFF_S = 5 * 60, /* a clock further off than this is worth a word */
  ENVELOPE_BYTES = 32,  /* of an Upload around its rows: request id, tags, lengths */
  ROW_EXTRA_BYTES = 6,  /* of a row inside it: tag and length */
  PLANS_AT_ONCE = 64,   /* plan changes read from the outbox at a time */
};

/* sync_session() beside the sg_status values: connect again at once, something was learned about a bad row. */
enum { SYNC_AGAIN = 1 };

/* One upload under way. */
struct flight {
  uint32_t id;
  size_t n;
  int64_t seqs[LIMIT_RESULTS];
};

struct sync {
  struct sg_client *client;
  const struct sg_sync_options *options;
  struct sg_sync_report *report;
  struct keys keys;
  struct talk talk;
  uint32_t total; /* results queued at the start, for progress */

  struct flight flights[LIMIT_WINDOW];
  size_t flights_n;
  bool has_after;
  struct outbox_row after; /* the last row sent in this pass */
  bool drained;            /* no row after it */

  size_t batch_cap; /* rows; below LIMIT_RESULTS while a poison row is looked for */
  bool careful;     /* one request at a time */
  unsigned isolated, internals;
  int64_t skipped[ISOLATED_MAX]; /* left queued: the server fails at them */
  size_t skipped_n;
  bool renewal_tried;

  struct outbox_row rows[LIMIT_RESULTS];
  struct wire_result wires[LIMIT_RESULTS];
  Stepguard__V1__Result *messages[LIMIT_RESULTS];
};

static void sync_progress(const struct sync *sync, const char *what, uint64_t done, uint64_t total) {
  if (sync->options->progress != NULL)
    sync->options->progress(sync->options->arg, what, done, total);
}

static uint32_t settled(const struct sg_sync_report *report) {
  return report->stored + report->identical + report->conflict + report->rejected;
}

/* ---------------------------------------------------------------- standing */

/* Keeps the newest. One that makes no sense is left out: the rows it came with are safe all the same. */
static int sync_standing_keep(struct sync *sync, const Stepguard__V1__Standing *standing, struct sg_error *ret_error) {
  struct sg_standing *probe = malloc(sizeof *probe);
  if (probe == NULL)
    return error_system(ret_error, ENOMEM, "Cannot keep the standing");
  bool sound = standing != NULL && talk_standing(standing, probe);
  free(probe);
  size_t len = sound ? stepguard__v1__standing__get_packed_size(standing) : 0;
  if (!sound || len > OUTBOX_STANDING_CAP)
    return SG_OK;
  uint8_t *body = malloc(len);
  if (body == NULL)
    return error_system(ret_error, ENOMEM, "Cannot keep the standing");
  (void)stepguard__v1__standing__pack(standing, body);
  int status = outbox_standing_set(sync->client->outbox, body, len, talk_now_ms(), ret_error);
  free(body);
  if (status == SG_OK)
    sync->report->standing_fresh = true;
  return status;
}

static int sync_standing(struct sync *sync, struct sg_error *ret_error) {
  Stepguard__V1__StandingRequest request = STEPGUARD__V1__STANDING_REQUEST__INIT;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_STANDING;
  message.standing = &request;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_STANDING, &answer, ret_error);
  return status == SG_OK ? sync_standing_keep(sync, answer->standing, ret_error) : status;
}

/* ---------------------------------------------------------------- results: out */

static bool is_skipped(const struct sync *sync, int64_t seq) {
  for (size_t i = 0; i < sync->skipped_n; i++)
    if (sync->skipped[i] == seq)
      return true;
  return false;
}

/* Fills `messages` with the next rows that fit into one request. *ret_n 0: none left. */
static int sync_gather(struct sync *sync, struct flight *flight, struct sg_error *ret_error) {
  size_t cap = sync->batch_cap < sync->talk.results_cap ? sync->batch_cap : sync->talk.results_cap, found, bytes = ENVELOPE_BYTES;
  flight->n = 0;
  while (flight->n == 0 && !sync->drained) {
    int status = outbox_queued(sync->client->outbox, sync->has_after ? &sync->after : NULL, sync->rows, cap, &found, ret_error);
    if (status != SG_OK)
      return status;
    sync->drained = found < cap;
    for (size_t i = 0; i < found; i++) {
      const struct outbox_row *row = &sync->rows[i];
      struct wire_result *wire = &sync->wires[flight->n];
      bool send = !row->damaged && !is_skipped(sync, row->seq);
      if (send) {
        wire_result_write(&row->result, wire);
        bytes += stepguard__v1__result__get_packed_size(&wire->message) + ROW_EXTRA_BYTES;
        if (bytes > sync->talk.frame_cap && flight->n > 0) {
          sync->drained = false; /* the rest goes with the next */
          return SG_OK;
        }
        flight->seqs[flight->n] = row->seq;
        sync->messages[flight->n++] = &wire->message;
      }
      sync->after = *row;
      sync->has_after = true;
    }
  }
  return SG_OK;
}

static int sync_send_batch(struct sync *sync, struct sg_error *ret_error) {
  struct flight *flight = &sync->flights[sync->flights_n];
  int status = sync_gather(sync, flight, ret_error);
  if (status != SG_OK || flight->n == 0)
    return status;
  Stepguard__V1__Upload upload = STEPGUARD__V1__UPLOAD__INIT;
  upload.n_results = flight->n;
  upload.results = sync->messages;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_UPLOAD;
  message.upload = &upload;
  /* Counted as under way before it is sent: a server that refuses it may do so while it is still going out. */
  flight->id = sync->talk.last_id + 1;
  sync->flights_n++;
  return talk_send(&sync->talk, &message, &flight->id, ret_error);
}

/* ---------------------------------------------------------------- results: back */

static void sync_land(struct sync *sync, size_t at) {
  sync->flights_n--;
  if (at != sync->flights_n)
    sync->flights[at] = sync->flights[sync->flights_n];
}

static const Stepguard__V1__Refusal *refusal_of(const Stepguard__V1__UploadReceipt *receipt, size_t row) {
  for (size_t i = 0; i < receipt->n_refusals; i++)
    if (receipt->refusals[i]->row == row)
      return receipt->refusals[i];
  return NULL;
}

static int sync_settle_row(struct sync *sync, int64_t seq, Stepguard__V1__RowStatus word, const Stepguard__V1__Refusal *refusal,
                           struct sg_error *ret_error) {
  char field[SG_FIELD_CAP] = "", reason[SG_REASON_CAP] = "";
  enum sg_row_state state = SG_ACKNOWLEDGED;
  if (word == STEPGUARD__V1__ROW_STATUS__ROW_CONFLICT) {
    state = SG_CONFLICT;
    snprintf(reason, sizeof reason, "The school has another result under this id and revision. Correct it with a higher revision.");
  } else if (word == STEPGUARD__V1__ROW_STATUS__ROW_REJECTED) {
    state = SG_REJECTED;
    snprintf(reason, sizeof reason, "The school refused this result without giving a reason.");
  }
  if (state != SG_ACKNOWLEDGED && refusal != NULL) {
    text_clean(field, sizeof field, refusal->field);
    if (refusal->reason[0] != '\0')
      text_clean(reason, sizeof reason, refusal->reason);
  }
  return outbox_settle(sync->client->outbox, seq, state, talk_now_ms(), field, reason, ret_error);
}

static bool receipt_makes_sense(const Stepguard__V1__UploadReceipt *receipt, size_t rows) {
  bool sound = receipt->n_status == rows;
  for (size_t i = 0; sound && i < rows; i++)
    sound = receipt->status[i] >= STEPGUARD__V1__ROW_STATUS__ROW_STORED &&
            receipt->status[i] <= STEPGUARD__V1__ROW_STATUS__ROW_REJECTED;
  return sound;
}

static int sync_receipt(struct sync *sync, size_t at, const Stepguard__V1__UploadReceipt *receipt, struct sg_error *ret_error) {
  const struct flight *flight = &sync->flights[at];
  struct outbox *outbox = sync->client->outbox;
  if (!receipt_makes_sense(receipt, flight->n))
    return talk_nonsense(ret_error, "the receipt does not fit what was sent");
  int status = outbox_begin(outbox, ret_error);
  if (status != SG_OK)
    return status;
  for (size_t i = 0; status == SG_OK && i < flight->n; i++)
    status = sync_settle_row(sync, flight->seqs[i], receipt->status[i], refusal_of(receipt, i), ret_error);
  if (status == SG_OK)
    status = sync_standing_keep(sync, receipt->standing, ret_error);
  if (status == SG_OK)
    status = outbox_commit(outbox, ret_error);
  if (status != SG_OK) {
    outbox_rollback(outbox);
    return status;
  }
  uint32_t *const counters[] = {[STEPGUARD__V1__ROW_STATUS__ROW_STORED] = &sync->report->stored,
                                [STEPGUARD__V1__ROW_STATUS__ROW_IDENTICAL] = &sync->report->identical,
                                [STEPGUARD__V1__ROW_STATUS__ROW_CONFLICT] = &sync->report->conflict,
                                [STEPGUARD__V1__ROW_STATUS__ROW_REJECTED] = &sync->report->rejected};
  for (size_t i = 0; i < flight->n; i++)
    ++*counters[receipt->status[i]];
  sync_land(sync, at);
  sync_progress(sync, "results", settled(sync->report), sync->total);
  return SG_OK;
}

/* ---------------------------------------------------------------- results: poison */

static bool is_poison(const struct sync *sync, const struct sg_error *error) {
  switch (error->fault) {
  case FAULT_MALFORMED:
  case FAULT_TOO_LARGE:
  case FAULT_INVALID_FIELD: return true;
  case FAULT_INTERNAL: return sync->internals > 1;
  default: return false;
  }
}

/* The server will not take the only request under way. Halves it, or sets its one row aside. */
static int sync_isolate(struct sync *sync, struct sg_error *ret_error) {
  const struct flight *flight = &sync->flights[0];
  sync->has_after = sync->drained = false; /* from the front again: what is settled is not queued any more */
  sync->careful = true;
  if (flight->n > 1) {
    sync->batch_cap = flight->n / 2;
    sync->flights_n = 0;
    return SYNC_AGAIN;
  }
  if (sync->isolated == ISOLATED_MAX)
    return ret_error->status;
  sync->isolated++;
  if (ret_error->fault == FAULT_INTERNAL) {
    sync->skipped[sync->skipped_n++] = flight->seqs[0];
  } else {
    struct sg_error fault = *ret_error;
    int status =
        outbox_settle(sync->client->outbox, flight->seqs[0], SG_REJECTED, talk_now_ms(), fault.field, fault.text, ret_error);
    if (status != SG_OK)
      return status;
    sync->report->rejected++;
  }
  sync->batch_cap = LIMIT_RESULTS;
  sync->careful = false;
  sync->flights_n = 0;
  return SYNC_AGAIN;
}

/* A fault while results are under way. `at` is the flight it names, or flights_n when it names none. */
static int sync_upload_refused(struct sync *sync, size_t at, const Stepguard__V1__Fault *fault, struct sg_error *ret_error) {
  int status = talk_fault(fault, ret_error);
  if (ret_error->fault == FAULT_INTERNAL)
    sync->internals++;
  if (ret_error->fault == FAULT_WINDOW_EXCEEDED && !sync->careful) {
    sync->careful = true; /* it promised more than it takes: once more, one at a time */
    sync->has_after = sync->drained = false;
    sync->flights_n = 0;
    return SYNC_AGAIN;
  }
  if (!is_poison(sync, ret_error) || sync->flights_n == 0) {
    if (at < sync->flights_n)
      sync_land(sync, at);
    return status;
  }
  if (sync->flights_n == 1)
    return sync_isolate(sync, ret_error);
  /* Several are under way: find out which by sending them one at a time. */
  if (at < sync->flights_n && sync->flights[at].n == 1) {
    sync->flights[0] = sync->flights[at];
    return sync_isolate(sync, ret_error);
  }
  sync->careful = true;
  sync->has_after = sync->drained = false;
  sync->flights_n = 0;
  return SYNC_AGAIN;
}

static int sync_take_answer(struct sync *sync, struct sg_error *ret_error) {
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_receive(&sync->talk, &answer, ret_error);
  if (status != SG_OK)
    return status;
  size_t at = 0;
  while (at < sync->flights_n && sync->flights[at].id != answer->request_id)
    at++;
  if (answer->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT)
    return sync_upload_refused(sync, at, answer->fault, ret_error);
  if (at == sync->flights_n)
    return talk_nonsense(ret_error, "it answers something that was not asked");
  if (answer->body_case != STEPGUARD__V1__SERVER_MESSAGE__BODY_UPLOAD_RECEIPT)
    return talk_nonsense(ret_error, "it is of the wrong kind");
  return sync_receipt(sync, at, answer->upload_receipt, ret_error);
}

/* After a temporary fault: the answers to what else is under way are still worth having. */
static void sync_take_rest(struct sync *sync) {
  struct sg_error ignored;
  int status = SG_OK;
  while (sync->flights_n > 0 && (status == SG_OK || status == SG_REFUSED))
    status = sync_take_answer(sync, &ignored);
}

static int sync_results(struct sync *sync, struct sg_error *ret_error) {
  sync->has_after = sync->drained = false;
  sync->flights_n = 0;
  for (;;) {
    size_t window = sync->careful ? 1 : sync->talk.window;
    while (sync->flights_n < window && !sync->drained) {
      int status = sync_send_batch(sync, ret_error);
      if (status != SG_OK)
        return status;
    }
    if (sync->flights_n == 0)
      return SG_OK;
    int status = sync_take_answer(sync, ret_error);
    if (status == SG_REFUSED && !ret_error->closing)
      sync_take_rest(sync);
    if (status != SG_OK)
      return status;
  }
}

/* ---------------------------------------------------------------- plan changes */

struct plans {
  struct sg_plan plan[PLANS_AT_ONCE];
  size_t n;
};

static bool plan_collect(void *arg, const struct sg_plan *plan) {
  struct plans *plans = arg;
  plans->plan[plans->n++] = *plan;
  return plans->n < PLANS_AT_ONCE;
}

#define DAY(member, MEMBER, day)                                                                                                   \
  if ((day) != SG_NO_DAY) {                                                                                                        \
    ret->member##_given_case = STEPGUARD__V1__PLAN_CHANGE__##MEMBER##_GIVEN_##MEMBER;                                              \
    ret->member = (day);                                                                                                           \
  }

static void plan_write(const struct sg_plan *plan, Stepguard__V1__PlanChange *ret) {
  ret->change_id = (ProtobufCBinaryData){.len = UUID_BYTES, .data = (uint8_t *)plan->id};
  ret->action = (Stepguard__V1__PlanAction)plan->action;
  ret->attempt = plan->attempt;
  ret->outcome = (Stepguard__V1__Outcome)plan->outcome;
  ret->made_at_ms = plan->made_at_ms;
  DAY(exam_day, EXAM_DAY, plan->exam_day)
  DAY(permit_from_day, PERMIT_FROM_DAY, plan->permit_from)
  DAY(permit_to_day, PERMIT_TO_DAY, plan->permit_to)
  DAY(dedicated_start_day, DEDICATED_START_DAY, plan->dedicated_start)
}

/* Refused for good, by a receipt or by a fault that is about this request: off the queue, with the reason. */
static int plan_refused(struct sync *sync, const struct sg_plan *plan, enum sg_row_state state, const char *field,
                        const char *reason, struct sg_error *ret_error) {
  char clean_field[SG_FIELD_CAP], clean_reason[SG_REASON_CAP];
  text_clean(clean_field, sizeof clean_field, field);
  text_clean(clean_reason, sizeof clean_reason,
             reason[0] != '\0' ? reason : "The school refused this change without giving a reason.");
  sync->report->plans_rejected++;
  return outbox_plan_settle(sync->client->outbox, plan->id, state, clean_field, clean_reason, ret_error);
}

static int sync_plan(struct sync *sync, const struct sg_plan *plan, struct sg_error *ret_error) {
  Stepguard__V1__PlanChange change = STEPGUARD__V1__PLAN_CHANGE__INIT;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  plan_write(plan, &change);
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_PLAN_CHANGE;
  message.plan_change = &change;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_PLAN_RECEIPT, &answer, ret_error);
  if (status == SG_REFUSED && ret_error->fault == FAULT_INVALID_FIELD) {
    struct sg_error fault = *ret_error;
    return plan_refused(sync, plan, SG_REJECTED, fault.field, fault.text, ret_error);
  }
  if (status != SG_OK)
    return status;
  const Stepguard__V1__PlanReceipt *receipt = answer->plan_receipt;
  const Stepguard__V1__Refusal *refusal = receipt->refusal;
  switch (receipt->status) {
  case STEPGUARD__V1__ROW_STATUS__ROW_STORED:
  case STEPGUARD__V1__ROW_STATUS__ROW_IDENTICAL:
    status = outbox_plan_settle(sync->client->outbox, plan->id, SG_ACKNOWLEDGED, "", "", ret_error);
    sync->report->plans_stored++;
    break;
  case STEPGUARD__V1__ROW_STATUS__ROW_CONFLICT:
  case STEPGUARD__V1__ROW_STATUS__ROW_REJECTED:
    status = plan_refused(sync, plan, receipt->status == STEPGUARD__V1__ROW_STATUS__ROW_CONFLICT ? SG_CONFLICT : SG_REJECTED,
                          refusal != NULL ? refusal->field : "", refusal != NULL ? refusal->reason : "", ret_error);
    break;
  default: return talk_nonsense(ret_error, "the receipt does not fit what was sent");
  }
  return status == SG_OK ? sync_standing_keep(sync, receipt->standing, ret_error) : status;
}

/* One at a time: there is one a month, and the order in which they were made matters to whoever reads the server's log. */
static int sync_plans(struct sync *sync, struct sg_error *ret_error) {
  for (;;) {
    struct plans plans = {.n = 0};
    int status = outbox_plan_list(sync->client->outbox, true, plan_collect, &plans, ret_error);
    for (size_t i = 0; status == SG_OK && i < plans.n; i++)
      status = sync_plan(sync, &plans.plan[i], ret_error);
    if (status != SG_OK || plans.n < PLANS_AT_ONCE)
      return status;
  }
}

/* ---------------------------------------------------------------- hello and renewal */

static void sync_note(struct sync *sync, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void sync_note(struct sync *sync, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  vsnprintf(sync->report->note, sizeof sync->report->note, fmt, args);
  va_end(args);
}

static int setting_update(struct outbox *outbox, const char *name, const char *value, struct sg_error *ret_error) {
  char old[OUTBOX_VALUE_CAP];
  int status = outbox_get(outbox, name, old, sizeof old, ret_error);
  if (status == SG_OK && value[0] != '\0' && strcmp(old, value) != 0)
    status = outbox_set(outbox, name, value, ret_error);
  return status;
}

static int sync_open(struct sync *sync, struct talk_welcome *ret_welcome, struct sg_error *ret_error) {
  char host[256];
  int64_t port = 0;
  struct outbox *outbox = sync->client->outbox;
  int status = outbox_get(outbox, SETTING_SERVER, host, sizeof host, ret_error);
  if (status == SG_OK)
    status = outbox_get_ms(outbox, SETTING_STUDENT_PORT, &port, ret_error);
  struct link_options options = {
      .host = host, .port = (uint16_t)port, .ca = sync->keys.ca, .certificate = sync->keys.certificate, .key = sync->keys.key};
  sync_progress(sync, "connecting", 0, 0);
  if (status == SG_OK)
    status = talk_open(&sync->talk, &options, ret_error);
  if (status == SG_OK)
    status = talk_hello(&sync->talk, ret_welcome, ret_error);
  if (status != SG_OK)
    return status;
  int64_t off_s = (talk_now_ms() - ret_welcome->server_time_ms) / 1000;
  if (off_s > CLOCK_OFF_S || off_s < -CLOCK_OFF_S)
    sync_note(sync, "This machine's clock is %" PRId64 " minutes %s the server's. Set it: results are dated by it.",
              (off_s < 0 ? -off_s : off_s) / 60, off_s < 0 ? "behind" : "ahead of");
  status = setting_update(outbox, SETTING_SCHOOL, ret_welcome->school, ret_error);
  return status == SG_OK ? setting_update(outbox, SETTING_ZONE, ret_welcome->zone, ret_error) : status;
}

static int renewal_key(struct sync *sync, EVP_PKEY **ret, struct sg_error *ret_error) {
  static const char renewal[] = "renewal";
  char made_for[OUTBOX_VALUE_CAP];
  int status = outbox_get(sync->client->outbox, SETTING_KEY_NEXT_FOR, made_for, sizeof made_for, ret_error);
  bool again = status == SG_OK && strcmp(made_for, renewal) == 0;
  if (status == SG_OK && !again && made_for[0] != '\0' && home_has(&sync->client->home, "device.key.next"))
    return error_set(ret_error, SG_DATA,
                     "An enrolment with a new code is unfinished; run it again, or the certificate cannot be renewed.");
  if (status == SG_OK)
    status = keys_next(ret, &sync->client->home, again, ret_error);
  if (status == SG_OK && !again)
    status = outbox_set(sync->client->outbox, SETTING_KEY_NEXT_FOR, renewal, ret_error);
  return status;
}

static int renewal_ask(struct sync *sync, EVP_PKEY *key, struct sg_error *ret_error) {
  uint8_t *request = NULL;
  size_t request_len = 0;
  int status = keys_request(key, &request, &request_len, ret_error);
  if (status != SG_OK)
    return status;
  Stepguard__V1__Renew renew = STEPGUARD__V1__RENEW__INIT;
  renew.csr_der = (ProtobufCBinaryData){.len = request_len, .data = request};
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_RENEW;
  message.renew = &renew;
  const Stepguard__V1__ServerMessage *answer;
  status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE, &answer, ret_error);
  free(request);
  /* The CA stays the pinned one: a renewal is not the place to change whom we believe. */
  if (status == SG_OK)
    status = keys_accept(&sync->client->home, key, answer->certificate->certificate_der.data,
                         answer->certificate->certificate_der.len, sync->keys.ca, ret_error);
  if (status == SG_OK)
    status = outbox_set(sync->client->outbox, SETTING_KEY_NEXT_FOR, "", ret_error);
  return status;
}

/* Only a lost connection is passed on: for a month the old certificate is as good, and the results matter more. */
static int sync_renew(struct sync *sync, const struct talk_welcome *welcome, struct sg_error *ret_error) {
  if (sync->renewal_tried || (!welcome->renew_now && !keys_in_last_third(sync->keys.certificate, talk_now_ms())))
    return SG_OK;
  sync->renewal_tried = true;
  sync_progress(sync, "renewing the certificate", 0, 0);
  EVP_PKEY *key = NULL;
  int status = renewal_key(sync, &key, ret_error);
  if (status == SG_OK)
    status = renewal_ask(sync, key, ret_error);
  EVP_PKEY_free(key);
  sync->report->renewed = status == SG_OK;
  if (status == SG_OK || status == SG_UNREACHABLE)
    return status;
  sync_note(sync, "The certificate could not be renewed: %.180s", ret_error->text);
  return ret_error->closing ? SYNC_AGAIN : SG_OK;
}

/* ---------------------------------------------------------------- one connection, and many */

static int sync_session(struct sync *sync, struct sg_error *ret_error) {
  struct talk_welcome welcome;
  sync->report->tries++;
  int status = keys_load(&sync->keys, &sync->client->home, ret_error);
  if (status == SG_OK)
    status = sync_open(sync, &welcome, ret_error);
  if (status == SG_OK && !sync->options->standing_only) {
    status = sync_renew(sync, &welcome, ret_error);
    if (status == SG_OK)
      status = sync_results(sync, ret_error);
    if (status == SG_OK)
      status = sync_plans(sync, ret_error);
  }
  if (status == SG_OK)
    status = sync_standing(sync, ret_error);
  talk_close(&sync->talk);
  keys_free(&sync->keys);
  return status;
}

static int sync_run(struct sync *sync, struct sg_error *ret_error) {
  struct backoff backoff;
  backoff_init(&backoff, sync->options->max_wait_s);
  for (;;) {
    uint32_t before = settled(sync->report);
    int status = sync_session(sync, ret_error);
    if (status == SG_OK && sync->options->standing_only)
      return SG_OK;
    if (status == SG_OK)
      return outbox_set_ms(sync->client->outbox, SETTING_LAST_SYNC, talk_now_ms(), ret_error);
    if (settled(sync->report) > before)
      backoff_reset(&backoff);
    if (status != SYNC_AGAIN && !backoff_wait(&backoff, ret_error, sync->options->progress, sync->options->arg))
      return status;
  }
}

static bool count_damaged(void *arg, const struct sg_row *row) {
  uint32_t *damaged = arg;
  *damaged += row->reason[0] != '\0'; /* a queued row has a reason only when its checksum is wrong */
  return true;
}

int sg_sync(struct sg_client *client, const struct sg_sync_options *options, struct sg_sync_report *ret_report,
            struct sg_error *ret_error) {
  memset(ret_report, 0, sizeof *ret_report);
  struct sync *sync = calloc(1, sizeof *sync); /* half a megabyte of rows: not for the stack */
  if (sync == NULL)
    return error_system(ret_error, ENOMEM, "Cannot sync");
  sync->client = client;
  sync->options = options;
  sync->report = ret_report;
  sync->batch_cap = LIMIT_RESULTS;
  struct sg_counts counts = {0};
  int status = outbox_counts(client->outbox, &counts, ret_error);
  sync->total = counts.queued;
  if (status == SG_OK)
    status = outbox_list(client->outbox, SG_LIST_QUEUED, count_damaged, &ret_report->damaged, ret_error);
  if (status == SG_OK)
    status = sync_run(sync, ret_error);
  free(sync);
  struct sg_error ignored;
  if (outbox_counts(client->outbox, &counts, &ignored) == SG_OK)
    ret_report->left = counts.queued;
  return status;
}
