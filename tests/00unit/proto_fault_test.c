/* The fault table and stepguard.proto say the same; so do the other numbers that are written down in both. */
#include "proto/fault.h"

#include "proto/result.h"

#include "stepguard.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

static void every_fault_code_has_a_row(void **state) {
  (void)state;
  const ProtobufCEnumDescriptor *codes = &stepguard__v1__fault_code__descriptor;
  for (unsigned i = 0; i < codes->n_values; i++) {
    const ProtobufCEnumValue *value = &codes->values[i];
    if (value->value == FAULT_NONE)
      continue;
    const struct fault_info *info = fault_info(value->value);
    assert_int_equal(info->code, value->value);
    char name[64] = "FAULT_";
    for (size_t n = 0; info->name[n]; n++)
      name[strlen("FAULT_") + n] = (char)toupper(info->name[n]);
    assert_string_equal(name, value->name);
  }
}

static void every_row_has_a_fault_code(void **state) {
  (void)state;
#define X(code, name, lower, retry, closes, text)                                                                                  \
  assert_non_null(protobuf_c_enum_descriptor_get_value(&stepguard__v1__fault_code__descriptor, code));                             \
  assert_int_equal(FAULT_##name, code);                                                                                            \
  assert_true(strlen(text) > 10 && (text)[strlen(text) - 1] == '.');
  FAULT_TABLE(X)
#undef X
}

static void a_code_of_a_newer_server_reads_as_internal(void **state) {
  (void)state;
  static const int codes[] = {INT32_MIN, -1, 0, 22, 1000, INT32_MAX};
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
    assert_int_equal(fault_info(codes[i])->code, FAULT_INTERNAL);
}

static void value_is(const ProtobufCEnumDescriptor *descriptor, const char *name, int number) {
  const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(descriptor, name);
  assert_non_null(value);
  assert_int_equal(value->value, number);
}

static void the_other_numbers_agree(void **state) {
  (void)state;
  value_is(&stepguard__v1__retry__descriptor, "RETRY_NEVER", FAULT_RETRY_NEVER);
  value_is(&stepguard__v1__retry__descriptor, "RETRY_LATER", FAULT_RETRY_LATER);
  value_is(&stepguard__v1__retry__descriptor, "RETRY_RECONNECT", FAULT_RETRY_RECONNECT);
  value_is(&stepguard__v1__scale__descriptor, "SCALE_EPC", SCALE_EPC);
  value_is(&stepguard__v1__scale__descriptor, "SCALE_PERCENT", SCALE_PERCENT);
  value_is(&stepguard__v1__scale__descriptor, "SCALE_THREE_DIGIT", SCALE_THREE_DIGIT);
  value_is(&stepguard__v1__scale__descriptor, "SCALE_NBME800", SCALE_NBME800);
  value_is(&stepguard__v1__scale__descriptor, "SCALE_CBSE_OLD", SCALE_CBSE_OLD);
  value_is(&stepguard__v1__scale__descriptor, "SCALE_OWN", SCALE_OWN);
  value_is(&stepguard__v1__mode__descriptor, "MODE_TIMED", MODE_TIMED);
  value_is(&stepguard__v1__mode__descriptor, "MODE_UNTIMED", MODE_UNTIMED);
  value_is(&stepguard__v1__mode__descriptor, "MODE_TUTOR", MODE_TUTOR);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_fault_code_has_a_row),
      cmocka_unit_test(every_row_has_a_fault_code),
      cmocka_unit_test(a_code_of_a_newer_server_reads_as_internal),
      cmocka_unit_test(the_other_numbers_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
