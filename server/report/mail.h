/*
 * One mail as the bytes that go over the wire: MIME, ASCII alone, every line ended by CRLF and none longer than 998 bytes. The same
 * struct gives the same bytes, whenever and wherever it is written.
 *
 *   multipart/mixed
 *     multipart/alternative
 *       text/plain
 *       multipart/related      only with images
 *         text/html
 *         image/png …          inline, by Content-ID
 *     application/pdf …        only with files
 */
#ifndef SG_REPORT_MAIL_H
#define SG_REPORT_MAIL_H

#include "base/buf.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  MAIL_CAP_BYTES = 20 * 1024 * 1024, /* relays take 25 MB at most, and a brief is a hundredth of that */
  MAIL_ADDRESS = 254,                /* RFC 5321, 4.5.3.1.3 */
  MAIL_HEADER = 400,                 /* bytes of a subject or name */
  MAIL_LINE = 998,                   /* RFC 5322, 2.1.1; without CRLF */
  MAIL_WHY = 120,
};

struct mail_part {
  const char *type; /* "application/pdf" */
  const char *name; /* of a file, any script; NULL for an image */
  const char *cid;  /* of an image, without angle brackets; NULL for a file */
  const char *bytes;
  size_t len;
};

struct mail {
  const char *from, *from_name, *to, *reply_to; /* reply_to: "" for none */
  const char *subject;
  const char *header_id;   /* Message-ID before the @, and the root of the boundaries: letters and digits */
  int64_t made_at_ms;      /* Date */
  const char *list;        /* what it is one of ("brief"), for List-Id; NULL: it is to one person about one thing */
  const char *choices_url; /* where one may say that one does not want it; "" for none */
  bool urgent;
  const char *text, *html; /* UTF-8, line ends LF; html NULL for a mail of text alone */
  const struct mail_part *images, *files;
  size_t images_n, files_n;
};

/* Once in a process, before the first mail. */
void mail_prepare(void);

/* Whether it can be written in a header and in an SMTP command as it is: local part of atoms, host name or [no] literal, ASCII.
 * core.post_address_good() is the same rule at the door. */
bool mail_address_good(const char *address);

/* Into `ret` (initialised; its cap counts). E_INVALID with a reason for whatever cannot be written without changing what it says:
 * a control character in a header, an address that is none. E_LIMIT, E_NOMEM. */
int mail_write(const struct mail *mail, struct buf *ret, char why[MAIL_WHY]) MUSTCHECK;

/* Whether bytes are what an SMTP server takes one way only: no CR or LF but as CRLF, no NUL, nothing beyond ASCII, no line too
 * long, the end a CRLF. mail_write() asks it of all that it wrote. */
bool mail_is_wire(const uint8_t *bytes, size_t len);

#endif
