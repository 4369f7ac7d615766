/*
 * Any bytes as the server's answer, on the client's way: scan, unpack, and what the student would be shown. What is shown is
 * clean text and numbers that can be, whatever the server or the disk says.
 */
#include "client/error.h"
#include "client/talk.h"
#include "proto/utf8.h"
#include "proto/wire.h"
#include "tests/50fuzz/fuzz.h"

#include <math.h>
#include <string.h>

static bool is_clean(const char *text) {
  return utf8_plain(text, strlen(text));
}

static void standing_look(const Stepguard__V1__Standing *message) {
  static struct sg_standing standing;
  if (!talk_standing(message, &standing))
    return;
  HOLDS(standing.state >= SG_AT_RISK && standing.state <= SG_CANNOT_SAY);
  HOLDS(standing.p_pass >= 0 && standing.p_pass <= 1 && standing.p_low >= 0 && standing.p_high <= 1);
  HOLDS(isfinite(standing.readiness_mean) && isfinite(standing.exam_day_sd));
  HOLDS(standing.reasons_n <= SG_REASONS_MAX && standing.flags_n <= SG_FLAGS_MAX && is_clean(standing.parameters));
  for (size_t i = 0; i < standing.reasons_n; i++)
    HOLDS(is_clean(standing.reasons[i].code) && is_clean(standing.reasons[i].text) && isfinite(standing.reasons[i].points));
  for (size_t i = 0; i < standing.flags_n; i++)
    HOLDS(is_clean(standing.flags[i].code) && is_clean(standing.flags[i].text));
  HOLDS(standing.weak_n <= SG_WEAK_MAX);
  for (size_t i = 0; i < standing.weak_n; i++) {
    const struct sg_weak *weak = &standing.weak[i];
    HOLDS(weak->area != NULL && weak->items > 0 && weak->correct <= weak->items && weak->p_below >= 0 && weak->p_below <= 1);
  }
}

static void disclosures_look(const Stepguard__V1__Disclosures *ledger) {
  static struct sg_disclosure entry;
  for (size_t i = 0; i < ledger->n_entries; i++)
    if (talk_disclosure(ledger->entries[i], &entry)) {
      HOLDS(entry.recipient[0] != '\0' && entry.what[0] != '\0');
      HOLDS(is_clean(entry.recipient) && is_clean(entry.what) && is_clean(entry.interest) && is_clean(entry.ground));
      HOLDS(is_clean(entry.ground_text) && is_clean(entry.threat) && is_clean(entry.onward));
    }
}

static void fault_look(const Stepguard__V1__Fault *fault) {
  struct sg_error error;
  HOLDS(talk_fault(fault, &error) == SG_REFUSED);
  HOLDS(error.text[0] != '\0' && is_clean(error.text) && is_clean(error.field));
}

/* Lines are parted by line feeds; each is clean. */
static void messages_look(const Stepguard__V1__Messages *list) {
  static struct sg_message message;
  for (size_t i = 0; i < list->n_messages; i++) {
    talk_message(list->messages[i], &message);
    HOLDS(is_clean(message.writer));
    for (const char *line = message.text; line != NULL; line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL)
      HOLDS(utf8_plain(line, strcspn(line, "\n")));
  }
}

static void devices_look(const Stepguard__V1__Devices *list) {
  struct sg_device device;
  for (size_t i = 0; i < list->n_devices; i++) {
    talk_device(list->devices[i], &device);
    HOLDS(is_clean(device.name));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[65], out[16];
  size_t len = size < sizeof text - 1 ? size : sizeof text - 1;
  memcpy(text, data, len);
  text[len] = '\0';
  text_clean(out, sizeof out, text);
  HOLDS(is_clean(out));
  if (wire_scan_server(data, size) != 0)
    return 0;
  Stepguard__V1__ServerMessage *message = stepguard__v1__server_message__unpack(NULL, size, data);
  HOLDS(message != NULL);
  if (message->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_STANDING)
    standing_look(message->standing);
  else if (message->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT)
    fault_look(message->fault);
  else if (message->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_DISCLOSURES)
    disclosures_look(message->disclosures);
  else if (message->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_MESSAGES)
    messages_look(message->messages);
  else if (message->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_DEVICES)
    devices_look(message->devices);
  stepguard__v1__server_message__free_unpacked(message, NULL);
  return 0;
}
