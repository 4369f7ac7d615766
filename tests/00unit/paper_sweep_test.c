/*
 * Memory runs out at every single place while a document becomes a sheet and the sheet each of its forms. Nothing may crash, leak
 * (the sanitizer looks) or pass for a whole answer. What GLib and cairo allocate is theirs: they abort, or remember the failure.
 */
#include "paper/build.h"
#include "paper/paper.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/00unit/sweep.h"

static const char text[] = "{\"school\":\"Wollemi\",\"night\":\"2027-01-15\",\"counts\":{},\"names\":{\"1001\":\"Viridian "
                           "Hackberry\"},\"lists\":[{\"title\":\"New\","
                           "\"n\":9,\"lines\":[{\"student_id\":\"1001\",\"text\":\"T.\",\"state\":\"at_risk\"},{\"student_id\":"
                           "\"1002\",\"text\":\"U.\"}]}]}";

static const char packet_text[] =
    "{\"student\":{\"given_name\":\"V\"},\"plan\":{\"exam_day\":\"2027-02-01\"},\"assessment\":{\"state\":\"at_risk\",\"p\":0.4,"
    "\"reasons\":[{\"text\":\"B\",\"points\":0.4}]},\"results\":[{\"instrument\":\"cbse\"}]}";

static json_t *document, *packet;
static const struct chart_point point = {.counts = {1, 2, 3, 4}};
static const struct chart chart = {.kind = CHART_STATES, .title = "T", .message = "M.", .points = &point, .points_n = 1};

/* What failed was memory, and nothing was given. */
static bool made(int err, struct paper_bytes *bytes) {
  assert_true(err == 0 || err == E_NOMEM);
  assert_true((err == 0) == (bytes->data != NULL));
  paper_bytes_done(bytes);
  return err == 0;
}

static bool brief_made(void) {
  static const struct paper_html page = {.images = PAPER_INLINE};
  struct sheet *sheet = NULL;
  struct paper_bytes bytes = {0};
  int err = sheet_brief(document, &sheet);
  assert_true(err == 0 || err == E_NOMEM);
  assert_true((err == 0) == (sheet != NULL));
  bool good = err == 0;
  good = good && made(paper_text(sheet, &bytes), &bytes);
  good = good && made(paper_csv(sheet, &bytes), &bytes);
  good = good && made(paper_html(sheet, &page, &bytes, NULL), &bytes);
  good = good && made(paper_pdf(sheet, &bytes), &bytes);
  good = good && made(paper_json(document, &bytes), &bytes);
  sheet_free(sheet);
  return good;
}

static bool packet_made(void) {
  struct sheet *sheet = NULL;
  struct paper_bytes bytes = {0};
  int err = sheet_packet(packet, &sheet);
  assert_true(err == 0 || err == E_NOMEM);
  bool good = err == 0 && made(paper_pdf(sheet, &bytes), &bytes);
  sheet_free(sheet);
  return good;
}

static bool picture_made(void) {
  static const struct paper_html mail = {.images = PAPER_ATTACHED};
  struct paper_attached attached = {.n = 0};
  struct paper_bytes bytes = {0};
  struct sheet *sheet = sheet_new();
  if (!sheet)
    return false;
  sheet_chart(sheet, &chart);
  bool good = sheet_failed(sheet) == 0 && made(paper_html(sheet, &mail, &bytes, &attached), &bytes);
  paper_attached_done(&attached);
  sheet_free(sheet);
  return good;
}

static void a_brief_without_memory(void **state) {
  (void)state;
  sweep(brief_made);
}

static void a_packet_without_memory(void **state) {
  (void)state;
  sweep(packet_made);
}

static void a_picture_without_memory(void **state) {
  (void)state;
  sweep(picture_made);
}

static int setup(void **state) {
  (void)state;
  document = json_loads(text, 0, NULL);
  packet = json_loads(packet_text, 0, NULL);
  return document && packet ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  json_decref(document);
  json_decref(packet);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_brief_without_memory),
      cmocka_unit_test(a_packet_without_memory),
      cmocka_unit_test(a_picture_without_memory),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
