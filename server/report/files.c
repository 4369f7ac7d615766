/*
 * The forms of a night's document and the folder they lie in.
 *
 * Each form is a row: its name and who makes it, all from one sheet, so they say the same. JSON is the document itself. A form is
 * made whole in memory before anything is written; the largest (a class of 20,000, lists cut as the school set it) has some
 * megabytes.
 *
 * Kept beside each other and not in the database: what the database keeps is the document, and the forms can be made of it again at
 * any time. Rejected: writing while rendering (a full disk would leave half a page that looks like a whole one).
 */
#include "report/files.h"

#include "base/digest.h"
#include "base/err.h"
#include "paper/build.h"

#include <stdio.h>
#include <string.h>

enum { DIRECTORY_MODE = 0750, FILE_MODE = 0640, PATH = 1024 + 32 };

typedef int form_fn(const json_t *document, const struct sheet *sheet, struct paper_bytes *ret);

static int form_html(const json_t *document, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)document;
  return paper_html(sheet, &(struct paper_html){.images = PAPER_INLINE}, ret, NULL);
}

static int form_pdf(const json_t *document, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)document;
  return paper_pdf(sheet, ret);
}

static int form_csv(const json_t *document, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)document;
  return paper_csv(sheet, ret);
}

static int form_text(const json_t *document, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)document;
  return paper_text(sheet, ret);
}

static int form_json(const json_t *document, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)sheet;
  return paper_json(document, ret);
}

static const struct {
  const char *name;
  form_fn *make;
} forms[FILES_FORMS] = {
    {"brief.html", form_html}, {"brief.pdf", form_pdf},   {"brief.csv", form_csv},
    {"brief.txt", form_text},  {"brief.json", form_json},
};

static const char *file_name(int i) {
  return i < FILES_FORMS ? forms[i].name : "manifest.json";
}

/* ---------------------------------------------------------------- the manifest */

static json_t *file_entry(const struct paper_bytes *file, const char *name) {
  uint8_t sha256[DIGEST_BYTES];
  char hex[DIGEST_TEXT];
  digest_sha256(sha256, file->data, file->len);
  digest_hex(hex, sha256, sizeof sha256);
  return json_pack("{s:s,s:I,s:s}", "name", name, "bytes", (json_int_t)file->len, "sha256", hex);
}

/* What the night was, and the files. */
static json_t *manifest_of(const json_t *document, const struct night_files *files) {
  static const char *const said[] = {"school",     "school_code", "zone",     "night",  "as_of",
                                     "parameters", "evaluated",   "students", "counts", "did_not_run"};
  json_t *ret = json_object(), *entries = json_array();
  for (size_t i = 0; i < sizeof said / sizeof *said; i++)
    json_object_set(ret, said[i], json_object_get(document, said[i]));
  for (int i = 0; i < FILES_FORMS; i++)
    json_array_append_new(entries, file_entry(&files->file[i], forms[i].name));
  if (json_object_set_new(ret, "files", entries) == 0)
    return ret;
  json_decref(ret);
  return NULL;
}

/* ---------------------------------------------------------------- making them */

void files_done(struct night_files *files) {
  for (int i = 0; i < FILES_ALL; i++)
    paper_bytes_done(&files->file[i]);
}

int files_render(const json_t *document, struct night_files *ret, json_t **ret_manifest) {
  struct night_files files = {0};
  struct sheet *sheet = NULL;
  json_t *manifest = NULL;
  int err = sheet_brief(document, &sheet);
  for (int i = 0; i < FILES_FORMS && !err; i++)
    err = forms[i].make(document, sheet, &files.file[i]);
  sheet_free(sheet);
  if (!err)
    err = (manifest = manifest_of(document, &files)) ? paper_json(manifest, &files.file[FILES_FORMS]) : E_NOMEM;
  if (err) {
    json_decref(manifest);
    files_done(&files);
    return err;
  }
  *ret = files;
  *ret_manifest = manifest;
  return 0;
}

/* ---------------------------------------------------------------- the folder */

bool files_there(const struct night_files *files, const char *directory) {
  for (int i = 0; i < FILES_ALL; i++) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", directory, file_name(i));
    if (file_size(path) != files->file[i].len)
      return false;
  }
  return true;
}

int files_write(const struct night_files *files, const char *directory, char reason[FILE_REASON]) {
  int err = file_make_directory(directory, DIRECTORY_MODE, reason);
  for (int i = 0; i < FILES_ALL && !err; i++) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", directory, file_name(i));
    err = file_write(path, files->file[i].data, files->file[i].len, FILE_MODE, false, reason);
  }
  return err;
}
