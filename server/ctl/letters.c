/*
 * One-time codes as files for letters.
 *
 * Made with mode 0600, appearing whole (base/file.h), wiped from memory when written: the codes are nowhere else. The file of
 * a mail merge must not exist yet, for whoever writes over one loses codes that may have been printed; a student's own file
 * may, for a new code ends the one before.
 */
#include "ctl/letters.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

enum { FILE_MODE = 0600, CSV_BYTES = 64 * 1024 * 1024 };

int letters_write_csv(const struct codes *codes, const char *path, const char *expires, char reason[FILE_REASON]) {
  struct buf buf;
  buf_init(&buf, CSV_BYTES);
  codes_put_csv(codes, expires, &buf);
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

int letters_write_files(const struct codes *codes, const char *directory, char reason[FILE_REASON]) {
  int err = file_make_directory(directory, 0700, reason);
  for (size_t i = 0; i < codes->n && !err; i++) {
    char name[3 * 64 + 5], path[4096 + sizeof name], text[CODE_TEXT + 1];
    if (!codes->rows[i].student)
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
