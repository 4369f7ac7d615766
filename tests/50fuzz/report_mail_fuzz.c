/*
 * Whatever stands in the fields of a mail: it is refused, or what is written is taken one way only, has each header once, and is
 * the same when it is written again. Input: fields separated by NUL, in the order of the table below.
 */
#include "tests/50fuzz/fuzz.h"

#include "report/mail.h"

#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 8, CAP = 1 << 20 };

static bool once(const char *head, const char *name) {
  const char *first = strstr(head, name);
  return first && !strstr(first + 1, name);
}

static void headers_check(const struct buf *bytes, const struct mail *mail) {
  static const char *const names[] = {"\r\nFrom:", "\r\nTo:", "\r\nSubject:", "\r\nDate:", "\r\nMessage-Id:"};
  char *head = malloc(bytes->len + 3);
  HOLDS(head != NULL);
  memcpy(head, "\r\n", 2); /* before the first header as before all others */
  memcpy(head + 2, bytes->data, bytes->len);
  head[bytes->len + 2] = '\0';
  char *body = strstr(head, "\r\n\r\n");
  HOLDS(body != NULL);
  *body = '\0';
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    HOLDS(once(head, names[i]));
  HOLDS(!strstr(head, "\r\nBcc:") && !strstr(head, "\r\nCc:"));
  HOLDS(mail_address_good(mail->to) && strstr(head, mail->to));
  free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool ready;
  char *text = malloc(size + 1), why[MAIL_WHY];
  const char *field[FIELDS];
  struct buf one, two;
  if (!ready)
    mail_prepare();
  ready = true;
  HOLDS(text != NULL);
  if (size > 0)
    memcpy(text, data, size);
  text[size] = '\0';
  for (size_t i = 0, at = 0; i < FIELDS; i++) {
    field[i] = text + at;
    at += strlen(text + at) < size - at ? strlen(text + at) + 1 : size - at;
  }
  const struct mail_part file = {.type = "text/csv", .name = field[7], .bytes = field[5], .len = strlen(field[5])};
  const struct mail mail = {.from = "a@school.example",
                            .from_name = field[0],
                            .to = field[1],
                            .reply_to = field[2],
                            .subject = field[3],
                            .header_id = "00112233445566778899aabbccddeeff",
                            .made_at_ms = 1800000000000,
                            .list = "brief",
                            .choices_url = field[4],
                            .text = field[5],
                            .html = field[6],
                            .files = &file,
                            .files_n = *field[7] ? 1 : 0};
  buf_init(&one, CAP);
  buf_init(&two, CAP);
  if (mail_write(&mail, &one, why) == E_OK) {
    HOLDS(mail_is_wire(one.data, one.len));
    headers_check(&one, &mail);
    HOLDS(mail_write(&mail, &two, why) == E_OK && one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
  }
  buf_done(&one);
  buf_done(&two);
  free(text);
  return 0;
}
