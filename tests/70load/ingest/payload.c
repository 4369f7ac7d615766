/*
 * Payloads. What is measured is the server, so that the generator's share must be small and the same for both languages that it
 * speaks: each upload is written out once, by the code that clients use, and a copy of it gets fresh ids before it leaves. Where
 * the ids stand is found by looking for the ones it was made with.
 *
 * Scores differ between payloads and rise with time, so that the server has something to estimate: forty results of a student
 * who has sent two of them look like those of nightly.py.
 */
#include "payload.h"

#include "proto/wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_JSON_BYTES = 640, SUBS = 10, CHECK_EVERY = 6, CHECK_ITEMS = 200, BLOCK_ITEMS = 40, DAYS = 130, MINUTES_A_DAY = 24 * 60 };
#define MINUTE_MS INT64_C(60000)

static const uint8_t areas[SUBS] = {1, 2, 3, 4, 5, 21, 22, 23, 24, 25}; /* five systems, five disciplines */

static void payload_result(struct result *ret, unsigned kind, unsigned row, size_t rows_n, int64_t now_ms) {
  const bool check = row % CHECK_EVERY == 0;
  const int64_t minutes = (int64_t)DAYS * MINUTES_A_DAY * (int64_t)(rows_n - row) / (int64_t)rows_n;
  const int32_t items = check ? CHECK_ITEMS : BLOCK_ITEMS,
                percent = (int32_t)(50 + kind % 20 + 15 * row / rows_n + (row * 7 + kind) % 9);
  *ret = (struct result){.taken_at_ms = now_ms - (minutes + kind + 1) * MINUTE_MS,
                         .scale = check ? SCALE_EPC : SCALE_PERCENT,
                         .score_centi = percent * 100,
                         .mode = MODE_TIMED,
                         .items = items,
                         .correct = items * percent / 100,
                         .omitted = 0,
                         .seconds = items * 72,
                         .seconds_allowed = items * 90,
                         .printed_p_pass_bp = RESULT_UNKNOWN,
                         .subs = SUBS};
  const uint8_t found_by[10] = {0xfa, 0xce, (uint8_t)kind, (uint8_t)row, (uint8_t)(row >> 8), 0xaa, 0x55, 0xc3, 0x3c, 0x99};
  uuid7_make(ret->id, ret->taken_at_ms, found_by);
  snprintf(ret->instrument, sizeof ret->instrument, "%s", check ? "cbssa" : "qbank_uworld");
  if (check)
    snprintf(ret->form, sizeof ret->form, "%u", 25 + row / CHECK_EVERY);
  for (unsigned i = 0; i < SUBS; i++) {
    ret->sub_area[i] = areas[i];
    ret->sub_items[i] = (uint16_t)(items / (SUBS / 2));
    ret->sub_correct[i] = (uint16_t)(items / (SUBS / 2) * (percent - 5 + (int32_t)i) / 100);
  }
}

/* ---- protobuf ---- */

static bool payload_pack(struct payload *payload, const struct result *results) {
  Stepguard__V1__Upload upload = STEPGUARD__V1__UPLOAD__INIT;
  struct wire_result *wire = calloc(payload->rows_n, sizeof *wire);
  Stepguard__V1__Result **rows = calloc(payload->rows_n, sizeof(Stepguard__V1__Result *));
  if (wire && rows) {
    for (size_t i = 0; i < payload->rows_n; i++) {
      wire_result_write(&results[i], &wire[i]);
      rows[i] = &wire[i].message;
    }
    upload.n_results = payload->rows_n;
    upload.results = rows;
    payload->len = protobuf_c_message_get_packed_size(&upload.base);
    if ((payload->bytes = malloc(payload->len)))
      protobuf_c_message_pack(&upload.base, payload->bytes);
  }
  free(wire);
  free(rows);
  return payload->bytes != NULL;
}

/* ---- JSON ---- */

struct text {
  char *at;
  size_t len, cap;
};

static void PRINTF_LIKE(2, 3) text_add(struct text *text, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const int n = vsnprintf(text->at + text->len, text->cap - text->len, fmt, args);
  va_end(args);
  if (n < 0 || (size_t)n >= text->cap - text->len)
    abort(); /* ROW_JSON_BYTES is too small */
  text->len += (size_t)n;
}

static void text_add_row(struct text *text, const struct result *r) {
  char id[UUID_TEXT];
  uuid_format(id, r->id);
  text_add(text,
           "{\"result_id\":\"%s\",\"revision\":0,\"retracted\":false,\"instrument\":\"%s\",\"form\":\"%s\",\"taken_at_ms\":%" PRId64
           ",\"scale\":%d,\"score_centi\":%" PRId32 ",\"mode\":%d,\"repeat\":false,\"items\":%" PRId32 ",\"correct\":%" PRId32
           ",\"omitted\":%" PRId32 ",\"seconds\":%" PRId32 ",\"seconds_allowed\":%" PRId32 ",\"subs\":[",
           id, r->instrument, r->form, r->taken_at_ms, (int)r->scale, r->score_centi, (int)r->mode, r->items, r->correct,
           r->omitted, r->seconds, r->seconds_allowed);
  for (unsigned i = 0; i < r->subs; i++)
    text_add(text, "%s[%u,%u,%u]", i ? "," : "", (unsigned)r->sub_area[i], (unsigned)r->sub_items[i], (unsigned)r->sub_correct[i]);
  text_add(text, "]}");
}

static bool payload_write(struct payload *payload, const struct result *results) {
  struct text text = {.cap = payload->rows_n * ROW_JSON_BYTES + ROW_JSON_BYTES};
  if (!(text.at = malloc(text.cap)))
    return false;
  text_add(&text, "{\"results\":[");
  for (size_t i = 0; i < payload->rows_n; i++) {
    text_add(&text, "%s", i ? "," : "");
    text_add_row(&text, &results[i]);
  }
  text_add(&text, "]}");
  payload->bytes = (uint8_t *)text.at;
  payload->len = text.len;
  return true;
}

/* ---- both ---- */

static size_t payload_id(enum payload_form form, const uint8_t id[UUID_BYTES], char ret[UUID_TEXT]) {
  if (form == PAYLOAD_JSON)
    uuid_format(ret, id);
  else
    memcpy(ret, id, UUID_BYTES);
  return form == PAYLOAD_JSON ? UUID_TEXT - 1 : UUID_BYTES;
}

int payload_make(struct payload *ret, enum payload_form form, unsigned kind, size_t rows_n, int64_t now_ms) {
  struct result *results = calloc(rows_n, sizeof *results);
  *ret = (struct payload){.rows_n = rows_n, .form = form};
  if (!results)
    return -1;
  for (size_t i = 0; i < rows_n; i++) {
    payload_result(&results[i], kind, (unsigned)i, rows_n, now_ms);
    ret->score_centi[i] = results[i].score_centi;
  }
  const bool made = form == PAYLOAD_JSON ? payload_write(ret, results) : payload_pack(ret, results);
  for (size_t i = 0; i < rows_n && made; i++) {
    char id[UUID_TEXT];
    const size_t len = payload_id(form, results[i].id, id);
    const uint8_t *at = memmem(ret->bytes, ret->len, id, len);
    if (!at)
      abort(); /* it was written a moment ago */
    ret->id_at[i] = (size_t)(at - ret->bytes);
  }
  free(results);
  return made ? 0 : -1;
}

void payload_done(struct payload *payload) {
  free(payload->bytes);
  *payload = (struct payload){.bytes = NULL};
}

void payload_put_ids(const struct payload *payload, uint8_t *bytes, const uint8_t (*ids)[UUID_BYTES]) {
  for (size_t i = 0; i < payload->rows_n; i++) {
    char id[UUID_TEXT];
    const size_t len = payload_id(payload->form, ids[i], id);
    memcpy(bytes + payload->id_at[i], id, len);
  }
}
