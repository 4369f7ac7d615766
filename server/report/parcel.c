/*
 * From a document to what the recipient's program gets: the letter as a sheet, the sheet as text and HTML with its pictures, and,
 * where the school lets names out, the brief as PDF and CSV beside it.
 *
 * Made anew with each attempt, and the same each time: all forms of a sheet are, and of the configuration only addresses go in. So
 * the queue keeps documents, not mails.
 *
 * Rejected: files in a mail of figures (whoever has the figures has them in the mail; a file is for the committee, with its names).
 */
#include "report/parcel.h"

#include "base/err.h"
#include "paper/build.h"
#include "paper/doc.h"
#include "paper/letter.h"
#include "paper/paper.h"
#include "report/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES = 2, FILE_NAME = 64, STAMP = 32, MS = 1000, URL = 400 };

struct forms {
  struct paper_bytes text, html, files[FILES];
  struct paper_attached attached;
  struct mail_part images[PAPER_IMAGES], parts[FILES];
  char names[FILES][FILE_NAME];
  size_t files_n;
};

static void forms_done(struct forms *forms) {
  paper_bytes_done(&forms->text);
  paper_bytes_done(&forms->html);
  for (size_t i = 0; i < FILES; i++)
    paper_bytes_done(&forms->files[i]);
  paper_attached_done(&forms->attached);
}

/* ---------------------------------------------------------------- files */

static int file_add(struct forms *forms, const struct sheet *sheet, const char *night, const char *ending, const char *type,
                    int (*form)(const struct sheet *sheet, struct paper_bytes *ret)) {
  const size_t n = forms->files_n;
  int err = form(sheet, &forms->files[n]);
  if (err)
    return err;
  snprintf(forms->names[n], FILE_NAME, "brief-%.10s.%s", night, ending);
  forms->parts[n] =
      (struct mail_part){.type = type, .name = forms->names[n], .bytes = forms->files[n].data, .len = forms->files[n].len};
  forms->files_n++;
  return E_OK;
}

/* The brief itself, for a school that lets names out of the house. */
static int files_add(struct forms *forms, const struct parcel *parcel) {
  struct sheet *sheet = NULL;
  const char *night = doc_text(parcel->document, "night");
  if (strcmp(parcel->kind, "brief") != 0 || !doc_true(parcel->document, "names_on"))
    return E_OK;
  int err = sheet_brief(doc_object(parcel->document, "brief"), &sheet);
  if (!err)
    err = file_add(forms, sheet, night, "pdf", "application/pdf", paper_pdf);
  if (!err)
    err = file_add(forms, sheet, night, "csv", "text/csv; charset=utf-8", paper_csv);
  sheet_free(sheet);
  return err;
}

/* ---------------------------------------------------------------- forms */

static int forms_make(struct forms *forms, const struct parcel *parcel, const struct letter_kind *kind) {
  struct sheet *sheet = NULL;
  const struct paper_html html = {.images = PAPER_ATTACHED, .most_bytes = PAPER_MAIL_BYTES};
  int err = sheet_letter(kind, parcel->document, parcel->conf->mail_office_url, &sheet);
  if (!err)
    err = paper_text(sheet, &forms->text);
  if (!err)
    err = paper_html(sheet, &html, &forms->html, &forms->attached);
  sheet_free(sheet);
  for (size_t i = 0; i < forms->attached.n; i++) {
    const struct paper_image *image = &forms->attached.images[i];
    forms->images[i] = (struct mail_part){.type = "image/png", .cid = image->cid, .bytes = image->png.data, .len = image->png.len};
  }
  return err ? err : files_add(forms, parcel);
}

int parcel_mail(const struct parcel *parcel, struct buf *ret, char why[PARCEL_WHY]) {
  const struct letter_kind *kind = letter_kind(parcel->kind);
  const struct conf *conf = parcel->conf;
  char subject[LETTER_SUBJECT], choices[URL] = "";
  struct forms forms = {0};
  if (!kind)
    return E_DATA;
  int err = forms_make(&forms, parcel, kind);
  letter_subject(kind, parcel->document, subject);
  if (kind->choice && *conf->mail_office_url)
    snprintf(choices, sizeof choices, "%s/account", conf->mail_office_url);
  const struct mail mail = {.from = conf->mail_from,
                            .from_name = doc_text(parcel->document, "school"),
                            .to = parcel->address,
                            .reply_to = conf->mail_reply_to,
                            .subject = subject,
                            .header_id = parcel->header_id,
                            .made_at_ms = parcel->made_at_ms,
                            .list = kind->list,
                            .choices_url = choices,
                            .urgent = kind->urgent,
                            .text = forms.text.data,
                            .html = forms.html.data,
                            .images = forms.images,
                            .images_n = forms.attached.n,
                            .files = forms.parts,
                            .files_n = forms.files_n};
  if (!err)
    err = mail_write(&mail, ret, why);
  forms_done(&forms);
  return err;
}

/* ---------------------------------------------------------------- events */

char *parcel_event(const struct parcel *parcel) {
  const json_t *data = doc_object(parcel->document, "data");
  const time_t seconds = (time_t)(parcel->made_at_ms / MS);
  char stamp[STAMP], url[URL];
  struct tm tm;
  gmtime_r(&seconds, &tm);
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
  json_t *told = data ? json_copy((json_t *)data) : json_object();
  json_object_del(told, "path");
  snprintf(url, sizeof url, "%s%s", parcel->conf->mail_office_url, doc_text(data, "path"));
  if (*parcel->conf->mail_office_url)
    json_object_set_new(told, "link", json_string(url));
  json_t *event = json_pack("{s:s,s:s,s:o}", "type", doc_text(parcel->document, "event"), "timestamp", stamp, "data", told);
  char *text = event ? json_dumps(event, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
  json_decref(event);
  return text;
}
