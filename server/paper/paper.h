/*
 * The forms of a sheet. Pure functions: no database, no clock, no network, no name of a host. The same sheet gives the same bytes
 * (pictures and PDF: on machines with the same fonts).
 */
#ifndef SG_PAPER_PAPER_H
#define SG_PAPER_PAPER_H

#include "base/buf.h"
#include "paper/chart.h"
#include "paper/sheet.h"

#include <jansson.h>

struct paper_bytes {
  char *data; /* heap; followed by a NUL that `len` does not count */
  size_t len;
};
void paper_bytes_done(struct paper_bytes *bytes);
/* Moves what a buffer holds; the buffer is done afterwards, also on failure. */
int paper_bytes_take(struct buf *buf, struct paper_bytes *ret) MUSTCHECK;

enum { PAPER_CAP_BYTES = 64 * 1024 * 1024 }; /* of one form: as much as the office answers with */

/* Each gives 0, E_NOMEM or E_LIMIT. */
int paper_text(const struct sheet *sheet, struct paper_bytes *ret) MUSTCHECK; /* 80 columns, line ends LF */
int paper_csv(const struct sheet *sheet, struct paper_bytes *ret) MUSTCHECK;  /* its tables; see csv.c for several */
int paper_pdf(const struct sheet *sheet, struct paper_bytes *ret) MUSTCHECK;
int paper_json(const json_t *document, struct paper_bytes *ret) MUSTCHECK; /* sorted keys, one form of numbers, LF at the end */
int paper_png(const struct chart *chart, enum chart_theme theme, double scale, struct paper_bytes *ret) MUSTCHECK;

/* ---- HTML */
enum paper_images {
  PAPER_INLINE,   /* as data: URIs; one file that needs nothing else */
  PAPER_ATTACHED, /* as cid: references to images that go with the mail */
};

struct paper_html {
  enum paper_images images;
  size_t most_bytes; /* lists and tables are cut until the page is not longer; 0 for no limit */
};

enum { PAPER_CID = 48, PAPER_IMAGES = 32, PAPER_MAIL_BYTES = 100 * 1000 /* Gmail folds what is beyond 102 kB away */ };

struct paper_image {
  char cid[PAPER_CID]; /* without angle brackets; made of what the picture shows */
  struct paper_bytes png;
};

struct paper_attached {
  struct paper_image images[PAPER_IMAGES];
  size_t n;
};
void paper_attached_done(struct paper_attached *attached);

/* `ret_attached` is filled for PAPER_ATTACHED, may be NULL for PAPER_INLINE. E_LIMIT also when nothing more can be cut. */
int paper_html(const struct sheet *sheet, const struct paper_html *options, struct paper_bytes *ret,
               struct paper_attached *ret_attached) MUSTCHECK;

#endif
