/*
 * Goals, check-ins and messages, as the library gives them.
 *
 * An entry is dated after whatever stands already, also where this machine's clock is behind the one of another device: who says
 * something now means it to count, and the school goes by the dates.
 */
#include "client/client.h"
#include "client/error.h"
#include "client/talk.h"
#include "proto/wire.h"

#include <openssl/rand.h>

#include <errno.h>
#include <stdlib.h>

static int standing_of(struct sg_client *client, enum study_kind kind, int32_t day, struct sg_study *ret, bool *ret_known,
                       struct sg_error *ret_error) {
  int32_t monday = study_monday(day);
  bool goal = kind == STUDY_GOAL;
  return outbox_study_standing(client->outbox, kind, goal ? INT32_MIN : monday, goal ? day : monday, ret, ret_known, ret_error);
}

int sg_study_standing(struct sg_client *client, enum study_kind kind, int32_t day, struct sg_study *ret, bool *ret_known,
                      struct sg_error *ret_error) {
  return standing_of(client, kind, day, ret, ret_known, ret_error);
}

int sg_study_add(struct sg_client *client, const struct study_entry *entry, struct sg_error *ret_error) {
  struct study_entry said = *entry;
  struct sg_study before;
  struct result_fault fault;
  uint8_t random[10];
  bool known = false;
  int status = standing_of(client, entry->kind, entry->day, &before, &known, ret_error);
  if (status != SG_OK)
    return status;
  if (RAND_bytes(random, sizeof random) != 1)
    return error_set(ret_error, SG_LOCAL, "There is no randomness to make an id from. Check that OpenSSL 3 is whole.");
  int64_t now_ms = talk_now_ms();
  said.made_at_ms = known && before.entry.made_at_ms >= now_ms ? before.entry.made_at_ms + 1 : now_ms;
  uuid7_make(said.id, said.made_at_ms, random);
  if (study_check(&said, now_ms, &fault) != 0) {
    error_set(ret_error, SG_DATA, "%s: %s.", fault.field, fault.reason);
    text_clean(ret_error->field, sizeof ret_error->field, fault.field);
    return SG_DATA;
  }
  return outbox_study_record(client->outbox, &said, SG_QUEUED, ret_error);
}

int sg_study_list(struct sg_client *client, bool (*each)(void *arg, const struct sg_study *study), void *arg,
                  struct sg_error *ret_error) {
  return outbox_study_list(client->outbox, false, each, arg, ret_error);
}

/* ---------------------------------------------------------------- messages */

struct reading {
  void (*each)(void *arg, const struct sg_message *message);
  void *arg;
  int64_t read_until_ms, newest_ms;
  struct sg_messages_about about;
  struct sg_message one;
};

static void message_pass(struct reading *reading, const Stepguard__V1__OfficeMessage *message) {
  bool is_new = message->changed_at_ms > reading->read_until_ms;
  reading->about.n++;
  reading->about.n_new += is_new;
  if (message->changed_at_ms > reading->newest_ms)
    reading->newest_ms = message->changed_at_ms;
  if (reading->each == NULL)
    return;
  talk_message(message, &reading->one);
  reading->one.is_new = is_new;
  reading->each(reading->arg, &reading->one);
}

/* They lay on disk, so they are scanned like something that came over the wire. */
static int messages_pass(void *arg, const uint8_t *body, size_t len, int64_t received_ms) {
  struct reading *reading = arg;
  Stepguard__V1__Messages *list = NULL;
  reading->about.received_ms = received_ms;
  if (len > 0 && wire_scan_as(&stepguard__v1__messages__descriptor, body, len) == 0)
    list = stepguard__v1__messages__unpack(NULL, len, body);
  if (list == NULL)
    return SG_OK;
  reading->about.more = list->more;
  for (size_t i = 0; i < list->n_messages; i++)
    message_pass(reading, list->messages[i]);
  stepguard__v1__messages__free_unpacked(list, NULL);
  return SG_OK;
}

/* On the heap: a message is large. */
static int messages_read(struct sg_client *client, struct reading **ret, void (*each)(void *arg, const struct sg_message *message),
                         void *arg, struct sg_error *ret_error) {
  struct reading *reading = calloc(1, sizeof *reading);
  if (reading == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the messages");
  reading->each = each;
  reading->arg = arg;
  int status = outbox_get_ms(client->outbox, SETTING_READ_UNTIL, &reading->read_until_ms, ret_error);
  if (status == SG_OK)
    status = outbox_messages_get(client->outbox, messages_pass, reading, ret_error);
  if (status == SG_OK)
    *ret = reading;
  else
    free(reading);
  return status;
}

int sg_messages(struct sg_client *client, void (*each)(void *arg, const struct sg_message *message), void *arg,
                struct sg_messages_about *ret, struct sg_error *ret_error) {
  struct reading *reading;
  int status = messages_read(client, &reading, each, arg, ret_error);
  if (status != SG_OK)
    return status;
  *ret = reading->about;
  free(reading);
  return SG_OK;
}

int sg_messages_read(struct sg_client *client, struct sg_error *ret_error) {
  struct reading *reading;
  int status = messages_read(client, &reading, NULL, NULL, ret_error);
  if (status != SG_OK)
    return status;
  if (reading->about.n_new > 0)
    status = outbox_set_ms(client->outbox, SETTING_READ_UNTIL, reading->newest_ms, ret_error);
  free(reading);
  return status;
}
