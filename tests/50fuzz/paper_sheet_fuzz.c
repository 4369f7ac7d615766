/*
 * Any bytes as a builder: each says what is put into the sheet next, with what text and what numbers. However odd the order, every
 * form is whole or refused, and every chart is drawn, small, whatever its numbers are.
 */
#include "base/err.h"
#include "paper/paper.h"
#include "proto/utf8.h"
#include "tests/50fuzz/fuzz.h"

#include <string.h>

enum { TEXT = 64, POINTS = 12, COLUMNS = 5, PUTS_MOST = 200, CHARTS_MOST = 4, DRAWN = 'P' };

struct bytes {
  const uint8_t *at;
  size_t left;
};

static uint8_t next(struct bytes *bytes) {
  if (bytes->left == 0)
    return 0;
  bytes->left--;
  return *bytes->at++;
}

/* A string of the bytes that follow, with everything in it but NUL. */
static const char *text(struct bytes *bytes, char ret[TEXT]) {
  size_t len = next(bytes) % TEXT;
  for (size_t i = 0; i < len; i++) {
    uint8_t c = next(bytes);
    ret[i] = (char)(c ? c : '\n');
  }
  ret[len] = '\0';
  return ret;
}

static double number(struct bytes *bytes) {
  uint8_t raw[sizeof(double)];
  double v;
  if (next(bytes) % 2)
    return (int8_t)next(bytes) / 16.;
  for (size_t i = 0; i < sizeof raw; i++)
    raw[i] = next(bytes);
  memcpy(&v, raw, sizeof v);
  return v;
}

/* Small, because most of the time of a picture is that of its pixels. */
static void chart_look(const struct chart *chart) {
  static const double scale = .2;
  struct paper_bytes png;
  HOLDS(paper_png(chart, CHART_LIGHT, scale, &png) == E_OK);
  HOLDS(memcmp(png.data, "\x89PNG", 4) == 0);
  paper_bytes_done(&png);
}

static void put_chart(struct sheet *sheet, struct bytes *bytes) {
  char title[TEXT], message[TEXT], labels[POINTS][TEXT];
  struct chart_point points[POINTS];
  struct chart_mark marks[2] = {{next(bytes), NULL}, {CHART_NO_DAY, "x"}};
  struct chart chart = {
      .kind = next(bytes) % CHART_KINDS, .title = text(bytes, title), .message = text(bytes, message), .told = next(bytes) % 2};
  chart.points = points;
  chart.points_n = next(bytes) % POINTS;
  for (size_t i = 0; i < chart.points_n; i++) {
    points[i] = (struct chart_point){text(bytes, labels[i]), number(bytes), number(bytes), number(bytes), number(bytes), {0}};
    for (size_t state = 0; state < SHEET_STATES; state++)
      points[i].counts[state] = (int64_t)next(bytes) << next(bytes) % 32;
  }
  chart.pass_line = number(bytes);
  chart.exam_day = next(bytes);
  chart.marks = marks;
  chart.marks_n = next(bytes) % 3;
  sheet_chart(sheet, &chart);
  chart_look(&chart);
}

static void put_table(struct sheet *sheet, struct bytes *bytes) {
  char caption[TEXT], titles[COLUMNS][TEXT];
  struct sheet_column columns[COLUMNS];
  size_t n = next(bytes) % (COLUMNS + 1);
  for (size_t i = 0; i < n; i++)
    columns[i] = (struct sheet_column){text(bytes, titles[i]), next(bytes) % 2, i == 0, next(bytes) % 2};
  if (next(bytes) % 4)
    sheet_table(sheet, text(bytes, caption), columns, n, "nobody");
  else
    sheet_data(sheet, text(bytes, caption), columns, n);
}

static void put(struct sheet *sheet, struct bytes *bytes, int *charts) {
  char a[TEXT], b[TEXT];
  enum sheet_state state = next(bytes) % (SHEET_STATES + 1);
  switch (next(bytes) % 15) {
  case 0: sheet_title(sheet, text(bytes, a), text(bytes, b)); break;
  case 1: sheet_meta(sheet, text(bytes, a), 0, text(bytes, b)); break;
  case 2: sheet_foot(sheet, text(bytes, a)); break;
  case 3: sheet_heading(sheet, (int8_t)next(bytes), "%s", text(bytes, a)); break;
  case 4: sheet_text(sheet, "%s", text(bytes, a)); break;
  case 5: sheet_notice(sheet, "%s", text(bytes, a)); break;
  case 6: sheet_link(sheet, text(bytes, a), text(bytes, b)); break;
  case 7: sheet_figure(sheet, state, text(bytes, a), text(bytes, b), a); break;
  case 8: sheet_fact(sheet, text(bytes, a), "%s", text(bytes, b)); break;
  case 9: sheet_state_item(sheet, state, text(bytes, a), "%s", text(bytes, b)); break;
  case 10: sheet_whole(sheet, (size_t)next(bytes) << next(bytes) % 64); break;
  case 11: put_table(sheet, bytes); break;
  case 12: sheet_cell(sheet, "%s", text(bytes, a)); break;
  case 13: sheet_state_cell(sheet, state); break;
  default:
    if ((*charts)++ < CHARTS_MOST)
      put_chart(sheet, bytes);
  }
}

static void look(int err, struct paper_bytes *bytes) {
  HOLDS(err == E_OK || err == E_LIMIT);
  if (err)
    return;
  HOLDS(strlen(bytes->data) == bytes->len && utf8_valid(bytes->data, bytes->len));
  paper_bytes_done(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct paper_html mail = {.images = PAPER_ATTACHED, .most_bytes = PAPER_MAIL_BYTES};
  struct bytes bytes = {data, size};
  struct paper_attached attached = {.n = 0};
  struct paper_bytes form;
  struct sheet *sheet = sheet_new();
  int charts = 0;
  HOLDS(sheet != NULL);
  for (int i = 0; bytes.left > 0 && i < PUTS_MOST; i++)
    put(sheet, &bytes, &charts);
  HOLDS(sheet_failed(sheet) == E_OK);
  look(paper_text(sheet, &form), &form);
  look(paper_csv(sheet, &form), &form);
  if (charts == 0 || data[0] == DRAWN)
    look(paper_html(sheet, &mail, &form, &attached), &form);
  paper_attached_done(&attached);
  sheet_free(sheet);
  return 0;
}
