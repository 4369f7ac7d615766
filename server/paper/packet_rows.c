/*
 * The rows of a packet's CSV. The tables of the sheet are made for the eye ("58 EPC", "Nov 28, 2026", sixteen of thirty); whoever
 * takes a spreadsheet wants all of it, as numbers. Each line says whom it is about and that it may not be passed on, because lines
 * are sorted, filtered and copied in parts.
 */
#include "paper/packet.h"

#include "paper/doc.h"

#include <math.h>

struct row {
  const char *what, *on, *name, *form, *unit, *mode, *source;
  double value;
};

static void put_row(struct sheet *sheet, const json_t *document, const struct row *row) {
  sheet_cell(sheet, "%s", doc_text(doc_object(document, "student"), "student_id"));
  sheet_cell(sheet, "%s", row->what);
  sheet_cell(sheet, "%s", row->on);
  sheet_cell(sheet, "%s", row->name);
  sheet_cell(sheet, "%s", row->form);
  if (isfinite(row->value))
    sheet_cell(sheet, "%g", row->value);
  else
    sheet_cell(sheet, "%s", "");
  sheet_cell(sheet, "%s", row->unit);
  sheet_cell(sheet, "%s", row->mode);
  sheet_cell(sheet, "%s", row->source);
  sheet_cell(sheet, "%s", doc_text(document, "as_of"));
  sheet_cell(sheet, "%s", doc_text(document, "notice"));
}

void packet_rows(struct sheet *sheet, const json_t *document) {
  static const struct sheet_column columns[] = {{.title = "student_id"}, {.title = "what"},  {.title = "on"},    {.title = "name"},
                                                {.title = "form"},       {.title = "value"}, {.title = "unit"},  {.title = "mode"},
                                                {.title = "source"},     {.title = "as_of"}, {.title = "notice"}};
  const json_t *assessment = doc_object(document, "assessment"), *one;
  size_t i;
  sheet_data(sheet, "Results and reasons", columns, sizeof columns / sizeof *columns);
  json_array_foreach(doc_list(document, "results"), i, one) {
    put_row(sheet, document,
            &(struct row){.what = "result",
                          .on = doc_text(one, "on"),
                          .name = doc_text(one, "instrument"),
                          .form = doc_text(one, "form"),
                          .value = doc_real(one, "score"),
                          .unit = doc_text(one, "scale"),
                          .mode = doc_text(one, "mode"),
                          .source = doc_text(one, "source")});
  }
  json_array_foreach(doc_list(assessment, "reasons"), i, one) {
    put_row(sheet, document,
            &(struct row){.what = "reason",
                          .on = doc_text(assessment, "as_of"),
                          .name = doc_text(one, "text"),
                          .form = "",
                          .value = doc_real(one, "points"),
                          .unit = "share of P(pass)",
                          .mode = "",
                          .source = ""});
  }
}
