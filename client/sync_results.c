/*
 * Results: out in batches, back as receipts. Only a receipt takes a row off the queue, in one transaction for each receipt.
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
 * receipts of a connection that breaks. Also rejected: giving up a batch with a poison row in it as a whole; it would be
 * simpler, and one bad row would take up to 499 good ones with it.
 */
#include "client/error.h"
#include "client/sync.h"
#include "proto/fault.h"

#include <errno.h>
#include <stdio.h>

enum {
  ENVELOPE_BYTES = 32, /* of an Upload around its rows: request id, tags, lengths */
  ROW_EXTRA_BYTES = 6, /* of a row inside it: tag and length */
};

/* ---------------------------------------------------------------- out */

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
        if (wire_result_own(wire, sync->talk.id_salt) != 0)
          return error_system(ret_error, ENOMEM, "Cannot make the id of a result");
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

/* ---------------------------------------------------------------- back */

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
  sync_progress(sync, "results", sync_settled(sync), sync->total);
  return SG_OK;
}

/* ---------------------------------------------------------------- poison */

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

int sync_results(struct sync *sync, struct sg_error *ret_error) {
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
