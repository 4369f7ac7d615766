/*
 * Any bytes as results.csv. A row that is given passes result_check, goes over the wire and comes back the same: nothing that
 * was taken at home may be refused at the school.
 */
#include "proto/wire.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

#define NOW_MS INT64_C(1780000000000)

static void over_the_wire(const struct result *sent) {
  struct wire_result wire;
  wire_result_write(sent, &wire);
  uint8_t bytes[1024];
  HOLDS(stepguard__v1__result__get_packed_size(&wire.message) <= sizeof(bytes));
  size_t len = stepguard__v1__result__pack(&wire.message, bytes);
  HOLDS(wire_scan_as(&stepguard__v1__result__descriptor, bytes, len) == 0);
  Stepguard__V1__Result *message = stepguard__v1__result__unpack(NULL, len, bytes);
  HOLDS(message);
  struct result got;
  struct result_fault fault;
  HOLDS(wire_result_read(message, &got, &fault) == 0);
  HOLDS(memcmp(got.id, sent->id, UUID_BYTES) == 0 && strcmp(got.form, sent->form) == 0 &&
        strcmp(got.instrument, sent->instrument) == 0);
  HOLDS(got.score_centi == sent->score_centi && got.taken_at_ms == sent->taken_at_ms && got.scale == sent->scale);
  HOLDS(got.items == sent->items && got.correct == sent->correct && got.printed_p_pass_bp == sent->printed_p_pass_bp);
  HOLDS(result_check(&got, NOW_MS, NULL, NULL, &fault) == 0);
  stepguard__v1__result__free_unpacked(message, NULL);
}

static void on_row(void *arg, uint64_t line, const struct results_csv_row *row) {
  (void)arg;
  (void)line;
  struct result_fault fault;
  HOLDS(result_check(&row->result, NOW_MS, NULL, NULL, &fault) == 0);
  HOLDS(row->has_id || uuid_unix_ms(row->result.id) == row->result.taken_at_ms);
  over_the_wire(&row->result);
}

static void on_finding(void *arg, const struct csv_finding *finding) {
  (void)arg;
  HOLDS(finding->reason[0] && strlen(finding->reason) < sizeof(finding->reason) - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const struct results_csv_options options = {.now_ms = NOW_MS, .student_required = size % 2, .zone_offset_s = -5 * 3600};
  struct results_csv *reader = results_csv_new(&options, &(struct results_csv_handler){on_row, on_finding, NULL});
  HOLDS(reader);
  int fed = results_csv_feed(reader, data, size);
  int finished = results_csv_finish(reader);
  HOLDS(fed == 0 || finished == -1);
  results_csv_free(reader);
  return 0;
}
