/*
 * A sheet as PDF, by cairo and Pango: for a committee's table and for the file it goes into.
 *
 * Same sheet, same bytes: the only date in the file is the sheet's as-of, nothing asks for the clock, the host or the user, and
 * cairo numbers its objects in the order of drawing. (What the fonts of the machine are decides on glyphs; the tests compare
 * two runs on one machine.)
 *
 * Everything is measured before anything is drawn, because page 1 says of how many it is the first.
 */
#include "paper/pdf.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/when.h"
#include "paper/paint.h"
#include "paper/pdf_flow.h"

#include <cairo-pdf.h>
#include <stdlib.h>

enum { PDF_CAP_BYTES = 256 * 1024 * 1024 }; /* the largest sheet four times over */

static const struct { double width, height; } sizes[PDF_SIZES] = {[PDF_LETTER] = {612, 792}, [PDF_A4] = {595.28, 841.89}};

static const double side = 48, top = 42, bottom = 26, foot_gap = 12;

/* Always well: cairo 1.16 crashes when it puts fonts into a stream that has failed. The buffer remembers. */
static cairo_status_t take(void *arg, const unsigned char *data, unsigned int length) {
  buf_put(arg, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static void describe(cairo_surface_t *surface, const struct sheet *sheet) {
  char as_of[WHEN_TEXT];
  when_utc(as_of, sheet->as_of_ms);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, sheet->title);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, sheet->author);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, sheet->subtitle);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Stepguard");
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, as_of);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, as_of);
}

/* Where the text stands: between the margins, and above the foot, as high as its words are. */
static void page_lay(struct pdf *pdf, enum pdf_size size) {
  const struct pdf_run foot = {PDF_FOOT, pdf->sheet->foot};
  pdf->width = sizes[size].width;
  pdf->height = sizes[size].height;
  pdf->left = side;
  pdf->top = top;
  pdf->measure = pdf->width - 2 * side;
  pdf_type_set(pdf->layout, &foot, 1, pdf->measure - 60, false);
  pdf->foot = pdf_type_height(pdf->layout, 0, 0);
  pdf->room = pdf->height - top - bottom - foot_gap - pdf->foot;
}

int paper_pdf_sized(const struct sheet *sheet, enum pdf_size size, struct paper_bytes *ret) {
  struct pdf pdf = {.sheet = sheet};
  struct buf out;
  int err = sheet_failed(sheet);
  if (err)
    return err;
  buf_init(&out, PDF_CAP_BYTES);
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take, &out, sizes[size].width, sizes[size].height);
  pdf.cairo = cairo_create(surface);
  pdf.layout = pdf_type_layout(pdf.cairo);
  describe(surface, sheet);
  page_lay(&pdf, size);
  err = pdf_flow_make(&pdf);
  if (!err) {
    pdf_flow_page(&pdf);
    pdf_draw(&pdf, surface);
    err = pdf.err;
  }
  if (!err && cairo_status(pdf.cairo) != CAIRO_STATUS_SUCCESS)
    err = E_NOMEM;
  g_object_unref(pdf.layout);
  cairo_destroy(pdf.cairo);
  paint_finish(surface);
  if (!err)
    err = buf_finish(&out);
  if (!err && cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
    err = E_NOMEM;
  cairo_surface_destroy(surface);
  if (!err)
    err = pdf_finish(&pdf, &out);
  pdf_flow_done(&pdf);
  if (!err)
    return paper_bytes_take(&out, ret);
  buf_done(&out);
  return err;
}

int paper_pdf(const struct sheet *sheet, struct paper_bytes *ret) {
  return paper_pdf_sized(sheet, PDF_LETTER, ret);
}
