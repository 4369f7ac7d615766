/*
 * A document (JSON on stdin) in one of its forms (on stdout), for the tests of this folder and for whoever wants to look.
 *
 *   paper_tool KIND html|text|csv|json|pdf   a page of its own, and so on
 *   paper_tool KIND mail DIR                 the HTML of a mail; pictures into DIR, named as they are asked for
 *
 * KIND is brief, counts (the brief without students), packet, class or accreditation.
 *
 * Exit status 0; 1 when the document has no form (the error's name on stderr); 2 for wrong usage.
 */
#include "base/err.h"
#include "paper/build.h"
#include "paper/paper.h"

#include <errno.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int counts_build(const json_t *document, struct sheet **ret) {
  return sheet_brief_counts(document, "https://office.example/reports/nights/2027-01-15", ret);
}

static const struct {
  const char *name;
  int (*build)(const json_t *document, struct sheet **ret);
} kinds[] = {
    {"brief", sheet_brief},
    {"counts", counts_build},
    {"packet", sheet_packet},
    {"class", sheet_class},
    {"accreditation", sheet_accreditation},
};

static int picture_save(const char *directory, const struct paper_image *image) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, image->cid);
  FILE *file = fopen(path, "w");
  if (!file)
    return E_SYSTEM;
  size_t put = fwrite(image->png.data, 1, image->png.len, file);
  return fclose(file) == 0 && put == image->png.len ? 0 : E_SYSTEM;
}

static int mail(const struct sheet *sheet, const char *directory, struct paper_bytes *ret) {
  static const struct paper_html options = {.images = PAPER_ATTACHED, .most_bytes = PAPER_MAIL_BYTES};
  struct paper_attached attached = {.n = 0};
  int err = paper_html(sheet, &options, ret, &attached);
  for (size_t i = 0; !err && directory && i < attached.n; i++)
    err = picture_save(directory, &attached.images[i]);
  paper_attached_done(&attached);
  return err;
}

static int form_make(const struct sheet *sheet, const char *form, const char *directory, struct paper_bytes *ret) {
  static const struct paper_html whole = {.images = PAPER_INLINE};
  if (strcmp(form, "html") == 0)
    return paper_html(sheet, &whole, ret, NULL);
  if (strcmp(form, "mail") == 0)
    return mail(sheet, directory, ret);
  if (strcmp(form, "text") == 0)
    return paper_text(sheet, ret);
  if (strcmp(form, "pdf") == 0)
    return paper_pdf(sheet, ret);
  return strcmp(form, "csv") == 0 ? paper_csv(sheet, ret) : E_INVALID;
}

static int make(const json_t *document, const char *kind, const char *form, const char *directory, struct paper_bytes *ret) {
  if (strcmp(form, "json") == 0)
    return paper_json(document, ret);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    struct sheet *sheet = NULL;
    if (strcmp(kinds[i].name, kind) != 0)
      continue;
    int err = kinds[i].build(document, &sheet);
    if (!err)
      err = form_make(sheet, form, directory, ret);
    sheet_free(sheet);
    return err;
  }
  return E_INVALID;
}

int main(int argc, char **argv) {
  struct paper_bytes bytes = {0};
  json_error_t error;
  if (argc < 3) {
    fprintf(stderr, "paper_tool KIND FORM [DIR] < document.json\n");
    return 2;
  }
  json_t *document = json_loadf(stdin, JSON_DECODE_ANY, &error);
  int err = document ? make(document, argv[1], argv[2], argc > 3 ? argv[3] : NULL, &bytes) : E_DATA;
  json_decref(document);
  if (err)
    fprintf(stderr, "%s\n", err_name(err));
  else
    fwrite(bytes.data, 1, bytes.len, stdout);
  paper_bytes_done(&bytes);
  pango_cairo_font_map_set_default(NULL);
  return err ? 1 : fflush(stdout) == 0 ? 0 : 1;
}
