/*
 * Any bytes as a message, as the server takes one: scan, unpack within the budget, look at every row. What the scan lets
 * through the unpacker must take unless the budget ends, and every text in it is whole; what is read of a row is written as
 * the same again.
 */
#include "proto/wire.h"

#include "proto/utf8.h"
#include "tests/50fuzz/fuzz.h"

#include <string.h>

#define NOW_MS INT64_C(1780000000000)

/* What the arena of the server does: gives until the budget is spent. */
struct budget {
  size_t left;
  bool spent;
};

static void *budget_alloc(void *arg, size_t size) {
  struct budget *budget = arg;
  if (size > budget->left) {
    budget->spent = true;
    return NULL;
  }
  budget->left -= size;
  return malloc(size ? size : 1);
}

static void budget_free(void *arg, void *pointer) {
  (void)arg;
  free(pointer);
}

static void row_look(const Stepguard__V1__Result *message) {
  struct result got;
  struct result_fault fault;
  if (wire_result_read(message, &got, &fault) != 0) {
    HOLDS(fault.field && utf8_plain(fault.reason, strlen(fault.reason)));
    return;
  }
  if (result_check(&got, NOW_MS, NULL, NULL, &fault) != 0)
    HOLDS(fault.field && utf8_plain(fault.reason, strlen(fault.reason)));
  struct wire_result wire;
  struct result again;
  wire_result_write(&got, &wire);
  HOLDS(wire_result_read(&wire.message, &again, &fault) == 0);
  HOLDS(memcmp(got.id, again.id, UUID_BYTES) == 0 && got.subs == again.subs && got.items == again.items &&
        got.seconds == again.seconds);
}

/* A goal or a check-in: what is refused names its field, and what passes is the same after a turn through our struct. */
static void study_look(const Stepguard__V1__StudyEntry *message) {
  struct study_entry got, again;
  struct result_fault fault;
  struct wire_study wire;
  if (wire_study_read(message, &got, &fault) != 0 || study_check(&got, NOW_MS, &fault) != 0) {
    HOLDS(fault.field && utf8_plain(fault.reason, strlen(fault.reason)));
    return;
  }
  wire_study_write(&got, &wire);
  HOLDS(wire_study_read(&wire.message, &again, &fault) == 0 && study_check(&again, NOW_MS, &fault) == 0);
  HOLDS(memcmp(got.id, again.id, UUID_BYTES) == 0 && got.kind == again.kind && got.day == again.day &&
        got.minutes == again.minutes);
  HOLDS(got.questions == again.questions && got.checks == again.checks && got.reviewed_percent == again.reviewed_percent &&
        got.confidence_percent == again.confidence_percent);
}

/* Every text of a message, found by its descriptor, as C sees it. */
static void texts_look(const ProtobufCMessage *message) {
  for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
    const char *member = (const char *)message + field->offset;
    if (field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
      continue;
    const char *text = *(char *const *)(const void *)member;
    HOLDS(text && utf8_valid(text, strlen(text)));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  (void)!wire_scan_server(data, size);
  if (wire_scan(data, size) != 0)
    return 0;
  struct budget budget = {.left = LIMIT_UNPACKED_BYTES};
  ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
  Stepguard__V1__ClientMessage *message = stepguard__v1__client_message__unpack(&allocator, size, data);
  HOLDS(message || budget.spent);
  if (!message)
    return 0;
  if (message->body_case == STEPGUARD__V1__CLIENT_MESSAGE__BODY_HELLO)
    texts_look(&message->hello->base);
  if (message->body_case == STEPGUARD__V1__CLIENT_MESSAGE__BODY_ENROL)
    texts_look(&message->enrol->base);
  if (message->body_case == STEPGUARD__V1__CLIENT_MESSAGE__BODY_UPLOAD)
    for (size_t i = 0; i < message->upload->n_results; i++)
      row_look(message->upload->results[i]);
  if (message->body_case == STEPGUARD__V1__CLIENT_MESSAGE__BODY_STUDY_ENTRY)
    study_look(message->study_entry);
  stepguard__v1__client_message__free_unpacked(message, &allocator);
  return 0;
}
