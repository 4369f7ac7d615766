/*
 * A batch of one-time codes. 128 bits each from the kernel; the database gets the SHA-256 of them, so that neither it nor
 * its backups can enrol anybody.
 *
 * A plain hash is enough where a password would need a slow one: 128 random bits cannot be guessed. The plain codes live in
 * one block of memory that is wiped; it grows by copying, because realloc leaves the old bytes behind.
 */
#include "pki/codes.h"

#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "proto/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ROWS_FIRST = 256 };

int codes_add(struct codes *codes, const char *student_id) {
  if (strlen(student_id) >= CODES_STUDENT_ID)
    return E_INVALID;
  if (codes->n == codes->room) {
    /* Not realloc: what it leaves behind could not be wiped. */
    size_t room = codes->room ? codes->room * 2 : ROWS_FIRST;
    struct codes_row *rows = calloc(room, sizeof *rows);
    if (!rows)
      return E_NOMEM;
    if (codes->n)
      memcpy(rows, codes->rows, codes->n * sizeof *rows);
    size_t n = codes->n;
    codes_done(codes);
    codes->rows = rows;
    codes->room = room;
    codes->n = n;
  }
  struct code code;
  if (getrandom(code.secret, sizeof code.secret, 0) != (ssize_t)sizeof code.secret)
    return E_SYSTEM;
  memcpy(code.ca_fingerprint, codes->fingerprint, sizeof code.ca_fingerprint);
  struct codes_row *row = &codes->rows[codes->n++];
  snprintf(row->student_id, sizeof row->student_id, "%s", student_id);
  code_format(row->text, &code);
  explicit_bzero(&code, sizeof code);
  return 0;
}

void codes_done(struct codes *codes) {
  if (codes->rows)
    explicit_bzero(codes->rows, codes->room * sizeof *codes->rows);
  free(codes->rows);
  codes->rows = NULL;
  codes->n = codes->room = 0;
}

void codes_put_hashes(const struct codes *codes, struct buf *out) {
  buf_put_u8(out, '[');
  for (size_t i = 0; i < codes->n; i++) {
    struct code code;
    size_t at;
    uint8_t hash[DIGEST_BYTES];
    char hex[DIGEST_TEXT];
    if (code_parse(&code, &at, codes->rows[i].text) != CODE_OK) /* reads back what will be printed */
      continue;
    digest_sha256(hash, code.secret, sizeof code.secret);
    explicit_bzero(&code, sizeof code);
    digest_hex(hex, hash, sizeof hash);
    buf_printf(out, "%s{\"student_id\":", i > 0 ? "," : "");
    json_put_string(out, codes->rows[i].student_id);
    buf_printf(out, ",\"code_hash\":\"%s\"}", hex);
  }
  buf_put_u8(out, ']');
}

static const char *text_of(const json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  return text ? text : "";
}

void codes_confirm(struct codes *codes, const json_t *answer) {
  size_t i;
  json_t *student;
  json_t *by_id = json_object();
  json_array_foreach(json_object_get(answer, "students"), i, student) {
    json_object_set(by_id, text_of(student, "student_id"), student);
  }
  for (i = 0; i < codes->n; i++)
    codes->rows[i].student = json_object_get(by_id, codes->rows[i].student_id);
  json_decref(by_id);
}

static void csv_cell(struct buf *buf, const char *cell, char after) {
  char quoted[1024];
  size_t len = csv_quote(quoted, sizeof quoted, cell);
  buf_put(buf, quoted, len < sizeof quoted ? len : sizeof quoted - 1);
  buf_put_u8(buf, (uint8_t)after);
}

void codes_put_csv(const struct codes *codes, const char *expires, struct buf *out) {
  buf_printf(out, "student_id,name,code,expires\r\n");
  for (size_t i = 0; i < codes->n; i++) {
    const struct codes_row *row = &codes->rows[i];
    char name[2 * 100 * 4 + 2]; /* two names of 100 characters */
    if (!row->student)
      continue;
    const char *given = text_of(row->student, "given_name"), *family = text_of(row->student, "family_name");
    snprintf(name, sizeof name, "%s%s%s", given, *given && *family ? " " : "", family);
    csv_cell(out, row->student_id, ',');
    csv_cell(out, name, ',');
    csv_cell(out, row->text, ',');
    csv_cell(out, expires, '\r');
    buf_put_u8(out, '\n');
  }
}
