/*
 * What must hold of stepguard.proto for ever: no message contains itself, directly or through others (parsers recurse as
 * deep as the bytes say), the nesting fits what wire_scan allows, and its bookkeeping of sub-messages has room.
 */
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { FAR_TOO_DEEP = 32, ONEOF_BIT = 31 };

/* Levels of the deepest message below `descriptor`, itself counted; FAR_TOO_DEEP when there is a circle. */
static int depth_of(const ProtobufCMessageDescriptor *descriptor, int so_far) {
  if (so_far == FAR_TOO_DEEP)
    return FAR_TOO_DEEP;
  int deepest = 0;
  for (unsigned i = 0; i < descriptor->n_fields && deepest < FAR_TOO_DEEP; i++) {
    if (descriptor->fields[i].type != PROTOBUF_C_TYPE_MESSAGE)
      continue;
    int depth = depth_of(descriptor->fields[i].descriptor, so_far + 1);
    deepest = depth > deepest ? depth : deepest;
  }
  return deepest == FAR_TOO_DEEP ? FAR_TOO_DEEP : deepest + 1;
}

static void no_message_contains_itself(void **state) {
  (void)state;
  assert_true(depth_of(&stepguard__v1__client_message__descriptor, 0) < FAR_TOO_DEEP);
  assert_true(depth_of(&stepguard__v1__server_message__descriptor, 0) < FAR_TOO_DEEP);
}

static void nesting_is_what_the_scan_allows(void **state) {
  (void)state;
  assert_in_range(depth_of(&stepguard__v1__client_message__descriptor, 0), 1, WIRE_MAX_DEPTH);
  assert_int_equal(depth_of(&stepguard__v1__server_message__descriptor, 0), WIRE_MAX_DEPTH);
}

/* The test would be worth nothing if it could not see a circle. */
static void a_circle_is_seen(void **state) {
  (void)state;
  static ProtobufCMessageDescriptor outer, inner;
  static ProtobufCFieldDescriptor to_inner = {.type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = &inner};
  static ProtobufCFieldDescriptor to_outer = {.type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = &outer};
  outer = (ProtobufCMessageDescriptor){.n_fields = 1, .fields = &to_inner};
  inner = (ProtobufCMessageDescriptor){.n_fields = 1, .fields = &to_outer};
  assert_int_equal(depth_of(&outer, 0), FAR_TOO_DEEP);
}

static void fields_of(const ProtobufCMessageDescriptor *descriptor) {
  unsigned oneofs = 0;
  for (unsigned i = 0; i < descriptor->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
      continue;
    fields_of(field->descriptor);
    assert_true(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF || field->label == PROTOBUF_C_LABEL_REPEATED || i < ONEOF_BIT);
    /* One bit stands for the sub-messages of all oneofs, so only one oneof may have any. */
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
      assert_true(oneofs == 0 || oneofs == field->quantifier_offset);
      oneofs = field->quantifier_offset;
    }
  }
}

static void the_scan_has_a_bit_for_every_sub_message(void **state) {
  (void)state;
  fields_of(&stepguard__v1__client_message__descriptor);
  fields_of(&stepguard__v1__server_message__descriptor);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_message_contains_itself),
      cmocka_unit_test(nesting_is_what_the_scan_allows),
      cmocka_unit_test(a_circle_is_seen),
      cmocka_unit_test(the_scan_has_a_bit_for_every_sub_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
