/*
 * A batch of one-time codes. 128 bits each from the kernel; the database gets the SHA-256 of them, so that neither it nor
 * its backups can enrol anybody. The files are made with mode 0600 and appear whole (base/file.h).
 *
 * A plain hash is enough where a password would need a slow one: 128 random bits cannot be guessed. The plain codes live in
 * one block of memory that is wiped; it grows by copying, because realloc leaves the old bytes behind.
 */
#include "ctl/codes.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "ctl/ctl.h"
#include "proto/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ROWS_FIRST = 256, FILE_MODE = 0600, CSV_BYTES = 64 * 1024 * 1024 };

int codes_add(struct codes *codes, const char *student_id) {
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

json_t *codes_hashes(const struct codes *codes) {
  json_t *rows = json_array();
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
    json_array_append_new(rows, json_pack("{s:s,s:s}", "student_id", codes->rows[i].student_id, "code_hash", hex));
  }
  return rows;
}

void codes_confirm(struct codes *codes, const json_t *answer) {
  size_t i;
  json_t *student;
  json_t *by_id = json_object();
  json_array_foreach(json_object_get(answer, "students"), i, student) {
    json_object_set(by_id, ctl_text(student, "student_id"), student);
  }
  for (i = 0; i < codes->n; i++) {
    struct codes_row *row = &codes->rows[i];
    student = json_object_get(by_id, row->student_id);
    row->issued = student != NULL;
    const char *given = ctl_text(student, "given_name"), *family = ctl_text(student, "family_name");
    snprintf(row->name, sizeof row->name, "%s%s%s", given, *given && *family ? " " : "", family);
  }
  json_decref(by_id);
}

static void csv_cell(struct buf *buf, const char *cell, char after) {
  char quoted[1024];
  size_t len = csv_quote(quoted, sizeof quoted, cell);
  buf_put(buf, quoted, len < sizeof quoted ? len : sizeof quoted - 1);
  buf_put_u8(buf, (uint8_t)after);
}

int codes_write_csv(const struct codes *codes, const char *path, const char *expires, char reason[FILE_REASON]) {
  struct buf buf;
  buf_init(&buf, CSV_BYTES);
  buf_printf(&buf, "student_id,name,code,expires\r\n");
  for (size_t i = 0; i < codes->n; i++) {
    const struct codes_row *row = &codes->rows[i];
    if (!row->issued)
      continue;
    csv_cell(&buf, row->student_id, ',');
    csv_cell(&buf, row->name, ',');
    csv_cell(&buf, row->text, ',');
    csv_cell(&buf, expires, '\r');
    buf_put_u8(&buf, '\n');
  }
  int err = buf_finish(&buf);
  if (err)
    snprintf(reason, FILE_REASON, "%s", err_text(err));
  else
    err = file_write(path, buf.data, buf.len, FILE_MODE, true, reason);
  if (buf.data)
    explicit_bzero(buf.data, buf.len);
  buf_done(&buf);
  return err;
}

/* A student's id becomes part of a file's name: letters, digits, and - _ @ as they are, a dot but in front, the rest as %2F. */
static void file_name(char *out, size_t cap, const char *student_id) {
  size_t used = 0;
  for (const char *c = student_id; *c && used + 4 < cap; c++) {
    bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr("-_@", *c) ||
                 (*c == '.' && c != student_id);
    used += (size_t)snprintf(out + used, cap - used, plain ? "%c" : "%%%02X", (unsigned char)*c);
  }
  out[used] = '\0';
}

int codes_write_files(const struct codes *codes, const char *directory, char reason[FILE_REASON]) {
  int err = file_make_directory(directory, 0700, reason);
  for (size_t i = 0; i < codes->n && !err; i++) {
    char name[3 * 64 + 5], path[4096 + sizeof name], text[CODE_TEXT + 1];
    if (!codes->rows[i].issued)
      continue;
    file_name(name, sizeof name, codes->rows[i].student_id);
    if (snprintf(path, sizeof path, "%s/%s.code", directory, name) >= (int)sizeof path) {
      snprintf(reason, FILE_REASON, "the name of the directory is too long");
      return E_SYSTEM;
    }
    int len = snprintf(text, sizeof text, "%s\n", codes->rows[i].text);
    err = file_write(path, text, (size_t)len, FILE_MODE, false, reason);
    explicit_bzero(text, sizeof text);
  }
  return err;
}
