/*
 * One upload, from the message to the receipt. The functions stand in the order in which they run:
 *
 *   upload_received   every row is checked; a bad one is refused by row, the good ones go on
 *   upload_store      at the end of the turn, everything that waits travels as one call, one transaction
 *   upload_stored     committed: what each row met (new, identical, conflict), and each student's history
 *   upload_assess     microseconds, no I/O; the record of it goes out at the end of the same turn
 *   upload_answer     the receipt; only now may the client forget a row
 *
 * Batches make themselves: while both database connections are busy, uploads gather, and the next free connection takes
 * all of them. A timer to wait for more bought nothing when measured. One value that PostgreSQL refuses would fail its
 * whole batch, so a refused batch is sent again upload by upload: only the one at fault hears of it.
 *
 * A crash before the commit: the client still has the rows and sends them again under the same ids. Between the commit
 * and the record of the assessment: the student is marked stale, and the janitor finishes.
 */
#include "student/upload.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "proto/limits.h"
#include "proto/wire.h"
#include "student/assess.h"
#include "student/dispatch.h"
#include "student/session.h"
#include "student/standing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { INGEST_UPLOAD, INGEST_VERDICT, INGEST_STATUSES, INGEST_STATE }; /* columns of api.ingest_results */
enum { UPLOAD_FIELDS = 5, RESULT_FIELDS = 17, SUBSCORE_BYTES = 5 };    /* of api.upload_row and api.result_row */
enum { ARGS_BATCH_BYTES = 16 * 1024 * 1024 /* PORT_BATCH_ROWS rows with every sub-score are 2 MiB */ };

struct upload {
  size_t n;      /* rows in the message */
  size_t rows_n; /* of those, the ones that passed */
  struct result *rows;
  uint32_t *row_of;                 /* rows[i] was row row_of[i] of the message */
  Stepguard__V1__RowStatus *status; /* n of them */
  Stepguard__V1__Refusal **refusals;
  size_t refusals_n;
  struct student_state state;
  const struct risk_assessment *assessment;
};

/* Uploads that travel together. */
struct batch {
  struct student *port;
  struct request_list requests;
  size_t n;
};

/* ---------------------------------------------------------------- received */

static struct upload *upload_new(struct arena *arena, size_t n) {
  struct upload *upload = arena_zalloc(arena, 1, sizeof *upload);
  if (upload == NULL)
    return NULL;
  upload->n = n;
  upload->rows = arena_alloc(arena, n * sizeof *upload->rows); /* n <= LIMIT_RESULTS */
  upload->row_of = arena_zalloc(arena, n, sizeof *upload->row_of);
  upload->status = arena_zalloc(arena, n, sizeof *upload->status);
  upload->refusals = arena_zalloc(arena, n, sizeof(Stepguard__V1__Refusal *));
  return upload->rows == NULL || upload->row_of == NULL || upload->status == NULL || upload->refusals == NULL ? NULL : upload;
}

static int upload_refuse_row(struct arena *arena, struct upload *upload, uint32_t row, const struct result_fault *fault) {
  Stepguard__V1__Refusal *refusal = arena_alloc(arena, sizeof *refusal);
  if (refusal == NULL)
    return E_NOMEM;
  stepguard__v1__refusal__init(refusal);
  refusal->row = row;
  refusal->field = arena_strdup(arena, fault->field);
  refusal->reason = arena_strdup(arena, fault->reason);
  upload->status[row] = STEPGUARD__V1__ROW_STATUS__ROW_REJECTED;
  upload->refusals[upload->refusals_n++] = refusal;
  return refusal->field == NULL || refusal->reason == NULL ? E_NOMEM : E_OK;
}

static int upload_check_rows(struct request *request, const Stepguard__V1__Upload *message, struct upload *upload) {
  int64_t now_ms = clock_wall_ms();
  for (uint32_t row = 0; row < upload->n; row++) {
    struct result *result = &upload->rows[upload->rows_n];
    struct result_fault fault;
    if (wire_result_read(message->results[row], result, &fault) == 0 &&
        result_check(result, now_ms, model_knows_instrument, request->port->model, &fault) == 0)
      upload->row_of[upload->rows_n++] = row;
    else if (upload_refuse_row(&request->arena, upload, row, &fault) < 0)
      return E_NOMEM;
  }
  return E_OK;
}

static void upload_answer(struct request *request);

void upload_received(struct request *request, const Stepguard__V1__ClientMessage *message) {
  const Stepguard__V1__Upload *body = message->upload;
  if (body->n_results == 0 || body->n_results > LIMIT_RESULTS) {
    request_fault(request, FAULT_INVALID_FIELD, "results",
                  "An upload has at least one result and at most as many as Welcome said.");
    return;
  }
  if (!session_may_upload(request->session)) {
    request_fault(request, FAULT_BUSY, NULL, "This device sends more often than it needs to. Wait a little.");
    return;
  }
  struct upload *upload = upload_new(&request->arena, body->n_results);
  if (upload == NULL || upload_check_rows(request, body, upload) < 0) {
    request_error(request, E_NOMEM);
    return;
  }
  request->work = upload;
  request->port->request_bytes += request->arena.used;
  request->bytes += request->arena.used;
  if (upload->rows_n == 0)
    upload_answer(request);
  else
    TAILQ_INSERT_TAIL(&request->port->uploads, request, in_batch);
}

/* ---------------------------------------------------------------- store */

static void args_small(struct args *args, int32_t value) {
  if (value == RESULT_UNKNOWN)
    args_null(args);
  else
    args_i16(args, (int16_t)value);
}

static void args_count(struct args *args, int32_t value) {
  if (value == RESULT_UNKNOWN)
    args_null(args);
  else
    args_i32(args, value);
}

static void args_subscores(struct args *args, const struct result *result) {
  uint8_t packed[LIMIT_SUBSCORES * SUBSCORE_BYTES];
  uint8_t *p = packed;
  for (unsigned i = 0; i < result->subs; i++) {
    *p++ = result->sub_area[i];
    *p++ = (uint8_t)(result->sub_items[i] >> 8);
    *p++ = (uint8_t)(result->sub_items[i] & 0xff);
    *p++ = (uint8_t)(result->sub_correct[i] >> 8);
    *p++ = (uint8_t)(result->sub_correct[i] & 0xff);
  }
  if (result->subs == 0)
    args_null(args);
  else
    args_bytes(args, packed, (size_t)(p - packed));
}

void upload_put_result(struct args *args, const struct result *result) {
  args_row(args, RESULT_FIELDS);
  args_uuid(args, result->id);
  args_i32(args, (int32_t)result->revision);
  args_bool(args, result->retracted);
  args_text(args, result->instrument);
  args_text(args, result->form);
  args_time(args, result->taken_at_ms);
  args_i16(args, (int16_t)result->scale);
  args_i32(args, result->score_centi);
  args_i16(args, (int16_t)result->mode);
  args_bool(args, result->repeat);
  args_small(args, result->items);
  args_small(args, result->correct);
  args_small(args, result->omitted);
  args_count(args, result->seconds);
  args_count(args, result->seconds_allowed);
  args_small(args, result->printed_p_pass_bp);
  args_subscores(args, result);
}

static void batch_args(const struct batch *batch, struct args *args) {
  const struct request *request;
  args_init(args, ARGS_BATCH_BYTES);
  args_rows_begin(args, DB_TYPE_UPLOAD);
  TAILQ_FOREACH(request, &batch->requests, in_batch) {
    const struct upload *upload = request->work;
    args_row(args, UPLOAD_FIELDS);
    request_put_who(request, args);
    args_i32(args, (int32_t)upload->rows_n);
  }
  args_rows_end(args);
  args_rows_begin(args, DB_TYPE_RESULT);
  TAILQ_FOREACH(request, &batch->requests, in_batch) {
    const struct upload *upload = request->work;
    for (size_t i = 0; i < upload->rows_n; i++)
      upload_put_result(args, &upload->rows[i]);
  }
  args_rows_end(args);
}

static struct request *batch_take(struct batch *batch) {
  struct request *request = TAILQ_FIRST(&batch->requests);
  if (request != NULL) {
    TAILQ_REMOVE(&batch->requests, request, in_batch);
    batch->n--;
  }
  return request;
}

static void batch_error(struct batch *batch, int err) {
  struct request *request;
  while ((request = batch_take(batch)) != NULL)
    request_error(request, err);
}

static struct batch *batch_new(struct student *port) {
  struct batch *batch = calloc(1, sizeof *batch);
  if (batch != NULL) {
    batch->port = port;
    TAILQ_INIT(&batch->requests);
  }
  return batch;
}

static void upload_stored(void *arg, int err, const PGresult *res);

static void batch_send(struct batch *batch) {
  struct args args;
  batch_args(batch, &args);
  int err = pool_call(batch->port->pool, STMT_INGEST, &args, upload_stored, batch);
  if (err < 0) {
    batch_error(batch, err);
    free(batch);
  }
}

/* Moves what waits into a batch, up to its size. Also what a client sent that has left since: on a bad line that is how rows
 * arrive at last, and when they are sent again they are identical. */
static void batch_fill(struct batch *batch) {
  struct student *port = batch->port;
  struct request *request;
  size_t rows = 0;
  while ((request = TAILQ_FIRST(&port->uploads)) != NULL && batch->n < PORT_BATCH_UPLOADS) {
    const struct upload *upload = request->work;
    if (batch->n > 0 && rows + upload->rows_n > PORT_BATCH_ROWS)
      break;
    TAILQ_REMOVE(&port->uploads, request, in_batch);
    TAILQ_INSERT_TAIL(&batch->requests, request, in_batch);
    batch->n++;
    rows += upload->rows_n;
  }
}

void upload_store(void *arg) {
  struct student *port = arg;
  while (!TAILQ_EMPTY(&port->uploads) && (pool_idle(port->pool) > 0 || !pool_ready(port->pool))) {
    struct batch *batch = batch_new(port);
    if (batch == NULL)
      return; /* they wait; memory may be there next turn */
    batch_fill(batch);
    if (batch->n > 0)
      batch_send(batch);
    else
      free(batch);
  }
}

void upload_give_up(struct student *port) {
  struct request *request;
  while ((request = TAILQ_FIRST(&port->uploads)) != NULL) {
    TAILQ_REMOVE(&port->uploads, request, in_batch);
    request_error(request, E_CLOSED);
  }
}

/* ---------------------------------------------------------------- stored */

static void batch_send_singly(struct batch *batch) {
  struct request *request;
  while ((request = batch_take(batch)) != NULL) {
    struct batch *single = batch_new(batch->port);
    if (single == NULL) {
      request_error(request, E_NOMEM);
      continue;
    }
    TAILQ_INSERT_TAIL(&single->requests, request, in_batch);
    single->n = 1;
    batch_send(single);
  }
}

/* Takes over what the database says of one upload. False: it was refused as a whole, and has been answered. */
static bool upload_take_verdict(struct request *request, const PGresult *res, int row) {
  struct upload *upload = request->work;
  int16_t verdict = cell_i16(res, row, INGEST_VERDICT);
  if (verdict != FAULT_NONE) {
    request_fault(request, (enum fault)verdict, NULL, NULL);
    return false;
  }
  size_t len;
  const uint8_t *statuses = cell_bytes(res, row, INGEST_STATUSES, &len);
  CHECK(len == upload->rows_n);
  for (size_t i = 0; i < len; i++)
    upload->status[upload->row_of[i]] = (Stepguard__V1__RowStatus)statuses[i];
  return true;
}

static void upload_assess(struct assess_turn *turn, struct request *request, const PGresult *res, int row) {
  struct upload *upload = request->work;
  if (state_decode(res, row, INGEST_STATE, &request->arena, &upload->state) == E_OK)
    upload->assessment = assess_add(turn, &upload->state, &request->arena);
}

static void upload_stored(void *arg, int err, const PGresult *res) {
  struct batch *batch = arg;
  struct assess_turn turn;
  struct request *request;
  if (err == E_DATA && batch->n > 1) {
    batch_send_singly(batch);
  } else if (err < 0) {
    batch_error(batch, err);
  } else {
    CHECK((size_t)cell_rows(res) == batch->n);
    assess_begin(&turn, batch->port);
    for (int row = 0; (request = batch_take(batch)) != NULL; row++) {
      if (!upload_take_verdict(request, res, row))
        continue;
      upload_assess(&turn, request, res, row);
      upload_answer(request);
    }
    assess_finish(&turn);
  }
  free(batch);
}

/* ---------------------------------------------------------------- answer */

static void upload_log(const struct request *request, const struct upload *upload) {
  size_t count[5] = {0};
  for (size_t i = 0; i < upload->n; i++)
    count[upload->status[i]]++;
  log_event(LOG_INFO, &request->session->log, "upload_answered",
            "req=%" PRIu32 " rows=%zu stored=%zu identical=%zu conflict=%zu rejected=%zu", request->id, upload->n,
            count[STEPGUARD__V1__ROW_STATUS__ROW_STORED], count[STEPGUARD__V1__ROW_STATUS__ROW_IDENTICAL],
            count[STEPGUARD__V1__ROW_STATUS__ROW_CONFLICT], count[STEPGUARD__V1__ROW_STATUS__ROW_REJECTED]);
}

static void upload_answer(struct request *request) {
  struct upload *upload = request->work;
  Stepguard__V1__UploadReceipt receipt = STEPGUARD__V1__UPLOAD_RECEIPT__INIT;
  receipt.n_status = upload->n;
  receipt.status = upload->status;
  receipt.n_refusals = upload->refusals_n;
  receipt.refusals = upload->refusals;
  receipt.standing = standing_message(&request->arena, &upload->state, upload->assessment);
  if (request->session != NULL)
    upload_log(request, upload);
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_UPLOAD_RECEIPT, &receipt);
}
