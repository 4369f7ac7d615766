/*
 * Goals, check-ins and messages in a sync: out what was said here, in what was said on the student's other devices, in what the
 * office wrote.
 *
 * One entry at a time, as plan changes: there is one a week. An entry leaves the queue by the server's word for it alone. A server
 * from before there were these messages says so about the body of the request; then entries wait, and everything else goes on.
 */
#include "client/error.h"
#include "client/sync.h"
#include "proto/fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_AT_ONCE = 64 };

/* The server does not know what was asked. */
static bool is_unknown(int status, const struct sg_error *error) {
  return status == SG_REFUSED && error->fault == FAULT_INVALID_FIELD && strcmp(error->field, "body") == 0;
}

/* ---------------------------------------------------------------- out */

struct entries {
  struct study_entry entry[ENTRIES_AT_ONCE];
  size_t n;
};

static bool entry_collect(void *arg, const struct sg_study *study) {
  struct entries *entries = arg;
  entries->entry[entries->n++] = study->entry;
  return entries->n < ENTRIES_AT_ONCE;
}

/* Refused for good, by a receipt or by a fault that is about this request: off the queue, with the reason. */
static int entry_refused(struct sync *sync, const struct study_entry *entry, enum sg_row_state state, const char *field,
                         const char *reason, struct sg_error *ret_error) {
  char clean_field[SG_FIELD_CAP], clean_reason[SG_REASON_CAP];
  text_clean(clean_field, sizeof clean_field, field);
  text_clean(clean_reason, sizeof clean_reason, reason[0] != '\0' ? reason : "The school refused this without giving a reason.");
  sync->report->study_rejected++;
  return outbox_study_settle(sync->client->outbox, entry->id, state, clean_field, clean_reason, ret_error);
}

static int entry_settle(struct sync *sync, const struct study_entry *entry, const Stepguard__V1__StudyReceipt *receipt,
                        struct sg_error *ret_error) {
  const Stepguard__V1__Refusal *refusal = receipt->refusal;
  const char *field = refusal != NULL ? refusal->field : "", *reason = refusal != NULL ? refusal->reason : "";
  switch (receipt->status) {
  case STEPGUARD__V1__ROW_STATUS__ROW_STORED:
  case STEPGUARD__V1__ROW_STATUS__ROW_IDENTICAL:
    sync->report->study_stored++;
    return outbox_study_settle(sync->client->outbox, entry->id, SG_ACKNOWLEDGED, "", "", ret_error);
  case STEPGUARD__V1__ROW_STATUS__ROW_CONFLICT: return entry_refused(sync, entry, SG_CONFLICT, field, reason, ret_error);
  case STEPGUARD__V1__ROW_STATUS__ROW_REJECTED: return entry_refused(sync, entry, SG_REJECTED, field, reason, ret_error);
  default: return talk_nonsense(ret_error, "the receipt does not fit what was sent");
  }
}

static int entry_send(struct sync *sync, const struct study_entry *entry, struct sg_error *ret_error) {
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  struct wire_study wire;
  wire_study_write(entry, &wire);
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_STUDY_ENTRY;
  message.study_entry = &wire.message;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_STUDY_RECEIPT, &answer, ret_error);
  if (status == SG_REFUSED && ret_error->fault == FAULT_INVALID_FIELD && !is_unknown(status, ret_error)) {
    struct sg_error fault = *ret_error;
    return entry_refused(sync, entry, SG_REJECTED, fault.field, fault.text, ret_error);
  }
  return status == SG_OK ? entry_settle(sync, entry, answer->study_receipt, ret_error) : status;
}

int sync_study_send(struct sync *sync, struct sg_error *ret_error) {
  for (;;) {
    struct entries entries = {.n = 0};
    int status = outbox_study_list(sync->client->outbox, true, entry_collect, &entries, ret_error);
    for (size_t i = 0; status == SG_OK && i < entries.n; i++)
      status = entry_send(sync, &entries.entry[i], ret_error);
    if (is_unknown(status, ret_error)) {
      sync_note(sync, "The school's server does not know goals and check-ins yet. They wait here until it does.");
      return SG_OK;
    }
    if (status != SG_OK || entries.n < ENTRIES_AT_ONCE)
      return status;
  }
}

/* ---------------------------------------------------------------- in */

/* An entry that makes no sense is left out: what was said here stays as it is. By the server's clock, which has let it in. */
static int entries_keep(struct sync *sync, const Stepguard__V1__Study *study, struct sg_error *ret_error) {
  int64_t now_ms = talk_now_ms();
  if (sync->welcome.server_time_ms > now_ms)
    now_ms = sync->welcome.server_time_ms;
  int status = outbox_begin(sync->client->outbox, ret_error);
  for (size_t i = 0; status == SG_OK && i < study->n_entries; i++) {
    struct study_entry entry;
    struct result_fault fault;
    if (wire_study_read(study->entries[i], &entry, &fault) == 0 && study_check(&entry, now_ms, &fault) == 0)
      status = outbox_study_record(sync->client->outbox, &entry, SG_ACKNOWLEDGED, ret_error);
  }
  if (status == SG_OK)
    status = outbox_commit(sync->client->outbox, ret_error);
  if (status != SG_OK)
    outbox_rollback(sync->client->outbox);
  return status;
}

int sync_study_learn(struct sync *sync, struct sg_error *ret_error) {
  Stepguard__V1__StudyRequest request = STEPGUARD__V1__STUDY_REQUEST__INIT;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_STUDY;
  message.study = &request;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_STUDY, &answer, ret_error);
  if (is_unknown(status, ret_error))
    return SG_OK;
  return status == SG_OK ? entries_keep(sync, answer->study, ret_error) : status;
}

static int messages_keep(struct sync *sync, const Stepguard__V1__Messages *list, struct sg_error *ret_error) {
  size_t len = stepguard__v1__messages__get_packed_size(list);
  uint8_t *body = malloc(len + 1);
  if (body == NULL)
    return error_system(ret_error, ENOMEM, "Cannot keep the messages");
  (void)stepguard__v1__messages__pack(list, body);
  int status = outbox_messages_set(sync->client->outbox, body, len, talk_now_ms(), ret_error);
  free(body);
  struct sg_messages_about about = {0};
  if (status == SG_OK)
    status = sg_messages(sync->client, NULL, NULL, &about, ret_error);
  sync->report->messages_new = about.n_new;
  return status;
}

int sync_messages(struct sync *sync, struct sg_error *ret_error) {
  Stepguard__V1__MessagesRequest request = STEPGUARD__V1__MESSAGES_REQUEST__INIT;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_MESSAGES;
  message.messages = &request;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_MESSAGES, &answer, ret_error);
  if (is_unknown(status, ret_error))
    return SG_OK;
  return status == SG_OK ? messages_keep(sync, answer->messages, ret_error) : status;
}
