/*
 * Any JSON as the document of a brief, a packet, a class or a bundle, in every form: it is refused or whole. Text and CSV are
 * UTF-8, HTML ends where it should, has no script and is within what a mail may have. The first byte decides whether pictures are
 * drawn, which takes a hundred times as long as all the rest.
 */
#include "base/err.h"
#include "paper/build.h"
#include "paper/paper.h"
#include "proto/utf8.h"
#include "tests/50fuzz/fuzz.h"

#include <string.h>

enum { DRAWN = 'P' };

static void look(const struct paper_bytes *bytes) {
  HOLDS(strlen(bytes->data) == bytes->len);
  HOLDS(utf8_valid(bytes->data, bytes->len));
}

static void forms(const struct sheet *sheet) {
  struct paper_bytes bytes;
  if (paper_text(sheet, &bytes) == 0) {
    look(&bytes);
    paper_bytes_done(&bytes);
  }
  if (paper_csv(sheet, &bytes) == 0) {
    look(&bytes);
    paper_bytes_done(&bytes);
  }
}

static void drawn(const struct sheet *sheet) {
  static const struct paper_html mail = {.images = PAPER_ATTACHED, .most_bytes = PAPER_MAIL_BYTES};
  struct paper_bytes bytes;
  struct paper_attached attached;
  int err = paper_html(sheet, &mail, &bytes, &attached);
  HOLDS(err == E_OK || err == E_LIMIT);
  if (err)
    return;
  look(&bytes);
  HOLDS(bytes.len <= PAPER_MAIL_BYTES && strstr(bytes.data, "</html>\n") && !strstr(bytes.data, "<script"));
  paper_bytes_done(&bytes);
  paper_attached_done(&attached);
}

static int counts_build(const json_t *document, struct sheet **ret) {
  return sheet_brief_counts(document, "https://office.example/", ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  json_t *document = size > 0 ? json_loadb((const char *)data + 1, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
  int (*const build[])(const json_t *document, struct sheet **ret) = {sheet_brief, counts_build, sheet_packet, sheet_class,
                                                                      sheet_accreditation};
  for (size_t i = 0; document && i < sizeof build / sizeof *build; i++) {
    struct sheet *sheet = NULL;
    int err = build[i](document, &sheet);
    HOLDS(err == E_OK || err == E_DATA || err == E_LIMIT);
    if (!err)
      forms(sheet);
    if (!err && data[0] == DRAWN)
      drawn(sheet);
    sheet_free(sheet);
  }
  json_decref(document);
  return 0;
}
