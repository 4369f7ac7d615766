/*
 * Syncing: what is queued goes out, the server's word for each row comes back, and only that takes a row off the queue.
 *
 * One connection is sync_session(), and what happens on it sync_everything(), to be read from its end upwards: renewal if due,
 * results in batches up to the window, plan changes, goals and check-ins, standing, messages. Everything it learns is on disk
 * before the next answer is read, so it may break off anywhere and simply be run again; the server recognises what it has by id
 * and says "identical".
 *
 * What a fault means for the results is told in sync_results.c; here it is only: worth another try (backoff.h), or not.
 */
#include "client/sync.h"
#include "client/backoff.h"
#include "client/error.h"
#include "proto/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CLOCK_OFF_S = 5 * 60, /* a clock further off than this is worth a word */
  PLANS_AT_ONCE = 64,   /* plan changes read from the outbox at a time */
};

void sync_progress(const struct sync *sync, const char *what, uint64_t done, uint64_t total) {
  if (sync->options->progress != NULL)
    sync->options->progress(sync->options->arg, what, done, total);
}

uint32_t sync_settled(const struct sync *sync) {
  return sync->report->stored + sync->report->identical + sync->report->conflict + sync->report->rejected;
}

void sync_note(struct sync *sync, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  vsnprintf(sync->report->note, sizeof sync->report->note, fmt, args);
  va_end(args);
}

/* ---------------------------------------------------------------- standing */

/* One that makes no sense is left out: the rows it came with are safe all the same. */
int sync_standing_keep(struct sync *sync, const Stepguard__V1__Standing *standing, struct sg_error *ret_error) {
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

/* ---------------------------------------------------------------- hello */

static int setting_update(struct outbox *outbox, const char *name, const char *value, struct sg_error *ret_error) {
  char old[OUTBOX_VALUE_CAP];
  int status = outbox_get(outbox, name, old, sizeof old, ret_error);
  if (status == SG_OK && value[0] != '\0' && strcmp(old, value) != 0)
    status = outbox_set(outbox, name, value, ret_error);
  return status;
}

static int sync_open(struct sync *sync, struct sg_error *ret_error) {
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
    status = talk_hello(&sync->talk, &sync->welcome, ret_error);
  if (status != SG_OK)
    return status;
  int64_t off_s = (talk_now_ms() - sync->welcome.server_time_ms) / 1000;
  if (off_s > CLOCK_OFF_S || off_s < -CLOCK_OFF_S)
    sync_note(sync, "This machine's clock is %" PRId64 " minutes %s the server's. Set it: results are dated by it.",
              (off_s < 0 ? -off_s : off_s) / 60, off_s < 0 ? "behind" : "ahead of");
  status = setting_update(outbox, SETTING_SCHOOL, sync->welcome.school, ret_error);
  return status == SG_OK ? setting_update(outbox, SETTING_ZONE, sync->welcome.zone, ret_error) : status;
}

/* ---------------------------------------------------------------- one connection, and many */

static int sync_look(struct sync *sync, struct sg_error *ret_error) {
  int status = sync_standing(sync, ret_error);
  if (status == SG_OK)
    status = sync_study_learn(sync, ret_error);
  return status == SG_OK ? sync_messages(sync, ret_error) : status;
}

static int sync_everything(struct sync *sync, struct sg_error *ret_error) {
  int status = sync_renew(sync, ret_error);
  if (status == SG_OK)
    status = sync_results(sync, ret_error);
  if (status == SG_OK)
    status = sync_plans(sync, ret_error);
  if (status == SG_OK)
    status = sync_study_send(sync, ret_error);
  if (status == SG_OK)
    status = sync_look(sync, ret_error);
  return status == SG_OK ? outbox_set_ms(sync->client->outbox, SETTING_LAST_SYNC, talk_now_ms(), ret_error) : status;
}

static int sync_session(struct sync *sync, struct sg_error *ret_error) {
  sync->report->tries++;
  int status = keys_load(&sync->keys, &sync->client->home, ret_error);
  if (status == SG_OK)
    status = sync_open(sync, ret_error);
  if (status == SG_OK)
    status = sync->work(sync, ret_error);
  talk_close(&sync->talk);
  keys_free(&sync->keys);
  return status;
}

int sync_run(struct sync *sync, struct sg_error *ret_error) {
  struct backoff backoff;
  backoff_init(&backoff, sync->options->max_wait_s);
  for (;;) {
    uint32_t before = sync_settled(sync);
    int status = sync_session(sync, ret_error);
    if (status == SG_OK)
      return SG_OK;
    if (sync_settled(sync) > before)
      backoff_reset(&backoff);
    if (status != SYNC_AGAIN && !backoff_wait(&backoff, ret_error, sync->options->progress, sync->options->arg))
      return status;
  }
}

struct sync *sync_new(struct sg_client *client, const struct sg_sync_options *options, struct sg_sync_report *report,
                      struct sg_error *ret_error) {
  memset(report, 0, sizeof *report);
  struct sync *sync = calloc(1, sizeof *sync); /* half a megabyte of rows: not for the stack */
  if (sync == NULL) {
    error_system(ret_error, ENOMEM, "Cannot connect");
    return NULL;
  }
  sync->client = client;
  sync->options = options;
  sync->report = report;
  sync->batch_cap = LIMIT_RESULTS;
  return sync;
}

static bool count_damaged(void *arg, const struct sg_row *row) {
  uint32_t *damaged = arg;
  *damaged += row->reason[0] != '\0'; /* a queued row has a reason only when its checksum is wrong */
  return true;
}

int sg_sync(struct sg_client *client, const struct sg_sync_options *options, struct sg_sync_report *ret_report,
            struct sg_error *ret_error) {
  struct sync *sync = sync_new(client, options, ret_report, ret_error);
  if (sync == NULL)
    return ret_error->status;
  sync->work = options->standing_only ? sync_look : sync_everything;
  struct sg_counts counts = {0};
  int status = outbox_counts(client->outbox, &counts, ret_error);
  sync->total = counts.queued;
  if (status == SG_OK)
    status = outbox_list(client->outbox, SG_LIST_QUEUED, count_damaged, &ret_report->damaged, ret_error);
  if (status == SG_OK && !options->standing_only)
    status = outbox_sending(client->outbox, ret_error);
  if (status == SG_OK)
    status = sync_run(sync, ret_error);
  free(sync);
  struct sg_error ignored;
  if (outbox_counts(client->outbox, &counts, &ignored) == SG_OK)
    ret_report->left = counts.queued;
  return status;
}
