/*
 * The gate for raw bytes: what a good encoder writes passes, and each kind of damage is refused. Then one result, there and
 * back, and every field that can be out of shape.
 */
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static struct result example(void) {
  struct result r = {.revision = 3,
                     .retracted = true,
                     .instrument = "cbssa",
                     .form = "31 \xc3\xbc",
                     .taken_at_ms = INT64_C(1777645800000),
                     .scale = SCALE_EPC,
                     .score_centi = 6450,
                     .mode = MODE_UNTIMED,
                     .repeat = true,
                     .items = 200,
                     .correct = 0,
                     .omitted = RESULT_UNKNOWN,
                     .seconds = 17000,
                     .seconds_allowed = RESULT_UNKNOWN,
                     .printed_p_pass_bp = 0,
                     .subs = 2,
                     .sub_area = {5, 21},
                     .sub_items = {16, 90},
                     .sub_correct = {12, 60}};
  uuid7_make(r.id, r.taken_at_ms, (const uint8_t *)"0123456789");
  return r;
}

/* An Upload of `n` results, packed; to be freed. */
static uint8_t *upload_pack(const struct result *results, size_t n, size_t *ret_len) {
  struct wire_result *rows = calloc(n + 1, sizeof(*rows));
  Stepguard__V1__Result **pointers = calloc(n + 1, sizeof(*pointers));
  assert_true(rows && pointers);
  for (size_t i = 0; i < n; i++) {
    wire_result_write(&results[i], &rows[i]);
    pointers[i] = &rows[i].message;
  }
  Stepguard__V1__Upload upload = STEPGUARD__V1__UPLOAD__INIT;
  upload.n_results = n;
  upload.results = pointers;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.request_id = 2;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_UPLOAD;
  message.upload = &upload;
  size_t len = stepguard__v1__client_message__get_packed_size(&message);
  uint8_t *bytes = malloc(len);
  assert_non_null(bytes);
  assert_int_equal(stepguard__v1__client_message__pack(&message, bytes), len);
  free(rows);
  free(pointers);
  *ret_len = len;
  return bytes;
}

static void results_there_and_back(void **state) {
  (void)state;
  struct result sent[3] = {example(), example(), example()};
  sent[1].subs = 0;
  sent[1].form[0] = '\0';
  sent[1].items = sent[1].correct = sent[1].seconds = sent[1].printed_p_pass_bp = RESULT_UNKNOWN;
  memset(sent[1].sub_area, 0, sizeof(sent[1].sub_area));
  memset(sent[1].sub_items, 0, sizeof(sent[1].sub_items));
  memset(sent[1].sub_correct, 0, sizeof(sent[1].sub_correct));
  sent[2].score_centi = -700;
  sent[2].scale = SCALE_OWN;
  size_t len = 0;
  uint8_t *bytes = upload_pack(sent, 3, &len);
  assert_int_equal(wire_scan(bytes, len), 0);
  Stepguard__V1__ClientMessage *message = stepguard__v1__client_message__unpack(NULL, len, bytes);
  assert_non_null(message);
  assert_int_equal(message->upload->n_results, 3);
  for (size_t i = 0; i < 3; i++) {
    struct result got = {0}; /* the padding too, so that the whole can be compared */
    struct result_fault fault;
    assert_int_equal(wire_result_read(message->upload->results[i], &got, &fault), 0);
    assert_memory_equal(got.id, sent[i].id, UUID_BYTES);
    assert_string_equal(got.form, sent[i].form);
    assert_int_equal(got.taken_at_ms, sent[i].taken_at_ms);
    assert_int_equal(got.score_centi, sent[i].score_centi);
    assert_int_equal(got.items, sent[i].items);
    assert_int_equal(got.correct, sent[i].correct);
    assert_int_equal(got.omitted, sent[i].omitted);
    assert_int_equal(got.printed_p_pass_bp, sent[i].printed_p_pass_bp);
    assert_int_equal(got.subs, sent[i].subs);
    assert_memory_equal(got.sub_correct, sent[i].sub_correct, sizeof(got.sub_correct));

    struct wire_result again;
    wire_result_write(&got, &again); /* nothing was lost: it packs to the same bytes */
    uint8_t a[512], b[512];
    size_t a_len = stepguard__v1__result__pack(message->upload->results[i], a);
    assert_int_equal(stepguard__v1__result__pack(&again.message, b), a_len);
    assert_memory_equal(a, b, a_len);
  }
  stepguard__v1__client_message__free_unpacked(message, NULL);
  free(bytes);
}

static void every_prefix_is_damaged_or_whole(void **state) {
  (void)state;
  struct result sent[2] = {example(), example()};
  size_t len = 0;
  uint8_t *bytes = upload_pack(sent, 2, &len);
  for (size_t cut = 0; cut < len; cut++) {
    uint8_t *part = malloc(cut + 1); /* so that reading past the cut is seen */
    assert_non_null(part);
    memcpy(part, bytes, cut);
    /* Only between the fields of the envelope can a cut leave a message: before all, and after request_id. */
    assert_int_equal(wire_scan(part, cut), cut == 0 || cut == 2 ? 0 : -1);
    free(part);
  }
  free(bytes);
}

/* clang-format off */
static const struct {
  const char *what;
  const uint8_t *bytes;
  size_t len;
  int verdict;
} scans[] = {
    {"nothing", BYTES(""), 0},
    {"request_id", BYTES("\x08\x01"), 0},
    {"request_id twice", BYTES("\x08\x01\x08\x02"), 0},
    {"request_id as 8 bytes", BYTES("\x09\x01\x01\x01\x01\x01\x01\x01\x01"), -1},
    {"request_id as text", BYTES("\x0a\x01\x01"), -1},
    {"a number without an end", BYTES("\x08\x80"), -1},
    {"a number of ten bytes", BYTES("\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x01"), 0},
    {"a number of eleven bytes", BYTES("\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), -1},
    {"field 0", BYTES("\x00\x01"), -1},
    {"a tag of six bytes", BYTES("\x88\x80\x80\x80\x80\x00\x01"), -1},
    {"a group", BYTES("\x0b\x0c"), -1},
    {"wire type 6", BYTES("\x0e\x01"), -1},
    {"wire type 7", BYTES("\x0f\x01"), -1},
    {"hello", BYTES("\x08\x01\x12\x0b\x08\x01\x12\x03\x61\x62\x63\x18\xe8\x07"), -1},
    {"hello, its length right", BYTES("\x08\x01\x12\x0a\x08\x01\x12\x03\x61\x62\x63\x18\xe8\x07"), 0},
    {"hello, empty", BYTES("\x12\x00"), 0},
    {"hello, its client with a NUL", BYTES("\x12\x05\x12\x03\x61\x00\x63"), -1},
    {"hello, its client not UTF-8", BYTES("\x12\x05\x12\x03\x61\xff\x63"), -1},
    {"hello, its client in UTF-8", BYTES("\x12\x05\x12\x03\x61\xc3\xab"), 0},
    {"hello, its client longer than it", BYTES("\x12\x05\x12\x04\x61\x62\x63"), -1},
    {"hello twice", BYTES("\x12\x00\x12\x00"), -1},
    {"hello and upload", BYTES("\x12\x00\x1a\x00"), -1},
    {"upload of two rows", BYTES("\x1a\x04\x0a\x00\x0a\x00"), 0},
    {"a row with packed areas", BYTES("\x1a\x08\x0a\x06\x8a\x01\x03\x01\xac\x02"), 0},
    {"a row with areas one by one", BYTES("\x1a\x08\x0a\x06\x88\x01\x01\x88\x01\x02"), 0},
    {"a row with an area cut off", BYTES("\x1a\x07\x0a\x05\x8a\x01\x02\x01\xac"), -1},
    {"an id may be any bytes", BYTES("\x1a\x05\x0a\x03\x0a\x01\x00"), 0},
    {"a length that wraps", BYTES("\x1a\xff\xff\xff\xff\x0f"), -1},
    {"an unknown number", BYTES("\x98\x06\x01"), 0},
    {"an unknown text of any bytes", BYTES("\x9a\x06\x02\x00\xff"), 0},
    {"an unknown 4 bytes", BYTES("\x9d\x06\x01\x02\x03\x04"), 0},
    {"an unknown 4 bytes cut off", BYTES("\x9d\x06\x01\x02\x03"), -1},
    {"an unknown 8 bytes", BYTES("\x99\x06\x01\x02\x03\x04\x05\x06\x07\x08"), 0},
    {"an unknown group", BYTES("\x9b\x06\x9c\x06"), -1},
    {"the largest field number", BYTES("\xf8\xff\xff\xff\x0f\x01"), 0},
    {"past the largest field number", BYTES("\xf8\xff\xff\xff\x1f\x01"), -1},
};
/* clang-format on */

static void each_kind_of_damage(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
    uint8_t *copy = malloc(scans[i].len + 1);
    assert_non_null(copy);
    memcpy(copy, scans[i].bytes, scans[i].len);
    int verdict = wire_scan(copy, scans[i].len);
    if (verdict != scans[i].verdict)
      print_error("%s\n", scans[i].what);
    assert_int_equal(verdict, scans[i].verdict);
    /* Whatever the gate lets through, the unpacker takes. */
    Stepguard__V1__ClientMessage *message = verdict == 0 ? stepguard__v1__client_message__unpack(NULL, scans[i].len, copy) : NULL;
    assert_int_equal(message != NULL, verdict == 0);
    if (message)
      stepguard__v1__client_message__free_unpacked(message, NULL);
    free(copy);
  }
}

static void unknown_fields_are_counted_by_message(void **state) {
  (void)state;
  uint8_t bytes[3 * (WIRE_MAX_UNKNOWN + 1)];
  for (size_t i = 0; i <= WIRE_MAX_UNKNOWN; i++)
    memcpy(bytes + 3 * i, "\x98\x06\x01", 3);
  assert_int_equal(wire_scan(bytes, sizeof(bytes) - 3), 0);
  assert_int_equal(wire_scan(bytes, sizeof(bytes)), -1);
}

static void the_depth_of_the_server_and_no_deeper(void **state) {
  (void)state;
  /* upload_receipt { standing { reasons { text: "a" } } } */
  assert_int_equal(wire_scan_server(BYTES("\x1a\x07\x1a\x05\x6a\x03\x1a\x01\x61")), 0);
  assert_int_equal(wire_scan_server(BYTES("\x1a\x07\x1a\x05\x6a\x03\x1a\x01\xff")), -1);
  static ProtobufCFieldDescriptor field;
  static const ProtobufCIntRange ranges[] = {{1, 0}, {0, 1}};
  static ProtobufCMessageDescriptor circle;
  circle = stepguard__v1__standing_request__descriptor;
  field = (ProtobufCFieldDescriptor){
      .name = "self", .id = 1, .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = &circle};
  circle.n_fields = 1;
  circle.fields = &field;
  circle.n_field_ranges = 1;
  circle.field_ranges = ranges;
  assert_int_equal(wire_scan_as(&circle, BYTES("\x0a\x04\x0a\x02\x0a\x00")), 0);
  assert_int_equal(wire_scan_as(&circle, BYTES("\x0a\x06\x0a\x04\x0a\x02\x0a\x00")), -1);
}

/* One change to a good message, and the field that must be named. */
#define REFUSED(name, ...)                                                                                                         \
  do {                                                                                                                             \
    struct result r = example(), got = {.revision = 77};                                                                           \
    struct wire_result w;                                                                                                          \
    struct result_fault fault = {0};                                                                                               \
    uint32_t many[LIMIT_SUBSCORES + 1] = {0};                                                                                      \
    wire_result_write(&r, &w);                                                                                                     \
    Stepguard__V1__Result *m = &w.message;                                                                                         \
    (void)many;                                                                                                                    \
    __VA_ARGS__;                                                                                                                   \
    assert_int_equal(wire_result_read(m, &got, &fault), -1);                                                                       \
    assert_string_equal(fault.field, name);                                                                                        \
    assert_true(strlen(fault.reason) > 20);                                                                                        \
    assert_int_equal(got.revision, 77);                                                                                            \
  } while (0)

static void rows_out_of_shape(void **state) {
  (void)state;
  REFUSED("result_id", m->result_id.len = 15);
  REFUSED("result_id", m->result_id = ((ProtobufCBinaryData){0, NULL}));
  REFUSED("result_id", r.id[6] = 0x4f);
  REFUSED("instrument", m->instrument = "an_instrument_code_of_33_letters_");
  REFUSED("instrument", m->instrument = "a\nb");
  REFUSED("instrument", m->instrument = NULL);
  REFUSED("form", m->form = "a form's name of thirty-three by.");
  REFUSED("form", m->form = "\xe2\x80\xae");
  REFUSED("form", m->form = "\xff");
  REFUSED("scale", m->scale = (Stepguard__V1__Scale)7);
  REFUSED("scale", m->scale = (Stepguard__V1__Scale)-1);
  REFUSED("mode", m->mode = (Stepguard__V1__Mode)4);
  REFUSED("items", m->items = UINT32_MAX);
  REFUSED("correct", m->correct = (uint32_t)INT32_MAX + 1);
  REFUSED("omitted", m->omitted_given_case = STEPGUARD__V1__RESULT__OMITTED_GIVEN_OMITTED, m->omitted = UINT32_MAX);
  REFUSED("seconds", m->seconds = UINT32_MAX);
  REFUSED("seconds_allowed", m->seconds_allowed_given_case = STEPGUARD__V1__RESULT__SECONDS_ALLOWED_GIVEN_SECONDS_ALLOWED,
          m->seconds_allowed = UINT32_MAX);
  REFUSED("printed_p_pass", m->printed_p_pass_bp = UINT32_MAX);
  REFUSED("sub_area", m->n_sub_area = m->n_sub_items = m->n_sub_correct = LIMIT_SUBSCORES + 1,
          m->sub_area = m->sub_items = m->sub_correct = many);
  REFUSED("sub_items", m->n_sub_items = 1);
  REFUSED("sub_correct", m->n_sub_correct = 0);
  REFUSED("sub_items", m->n_sub_area = 0);
  REFUSED("sub_area", w.sub_area[1] = 256);
  REFUSED("sub_items", w.sub_items[1] = 65536);
  REFUSED("sub_correct", w.sub_correct[1] = UINT32_MAX);
}

static void texts(void **state) {
  (void)state;
  assert_true(wire_text_ok("", 0));
  assert_true(wire_text_ok("abc", 3));
  assert_false(wire_text_ok("abcd", 3));
  assert_true(wire_text_ok("a\xc3\xab", 3));
  assert_false(wire_text_ok("ab\xc3\xab", 3)); /* bytes, so that a buffer of that size holds it */
  assert_false(wire_text_ok("a\x01", 3));
  assert_false(wire_text_ok(NULL, 3));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_there_and_back),
      cmocka_unit_test(every_prefix_is_damaged_or_whole),
      cmocka_unit_test(each_kind_of_damage),
      cmocka_unit_test(unknown_fields_are_counted_by_message),
      cmocka_unit_test(the_depth_of_the_server_and_no_deeper),
      cmocka_unit_test(rows_out_of_shape),
      cmocka_unit_test(texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
