/*
 * Writing a mail with GMime.
 *
 * Whoever reads a mail's bytes differently than who wrote them can be made to see a header, a recipient or a second mail that
 * nobody wrote. So: what goes into a header has no control character, or nothing is written (not cleaned: a subject of which half
 * is missing says something else); GMime encodes the rest (RFC 2047, RFC 2231), bodies are quoted-printable or base64; and what
 * comes out is looked at once more as bytes, so that neither a fault here nor one of the library's gets onto the wire.
 *
 * The same on every attempt: no clock, no random number and no name of this host is in it; boundaries come from the message's own
 * id. Lines of quoted-printable are short, so a boundary (which begins "--sg-") cannot be mistaken in a body: "=" begins no such
 * line, and 128 bits of digest are not met by chance.
 *
 * Rejected: putting headers together by hand (folding and encoded words have more rules than this file has lines); 8BITMIME
 * (what a relay converts on the way is not what was sent).
 */
#include "report/mail.h"

#include "base/err.h"
#include "proto/utf8.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

enum { MS = 1000, LOCAL_PART = 64, LABEL = 63, BOUNDARY = 80, URL = 300 };

static const char atext[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~-";
static const char host_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

void mail_prepare(void) {
  g_mime_init();
}

/* ---------------------------------------------------------------- what may be written */

/* Runs of `allowed`, separated by single dots, none longer than `most`; a host's label has no hyphen at its ends. */
static bool dotted(const char *at, size_t len, const char *allowed, size_t most, bool host) {
  const char *const end = at + len;
  while (at < end) {
    const size_t run = strspn(at, allowed);
    if (run == 0 || run > most || at + run > end || (host && (at[0] == '-' || at[run - 1] == '-')))
      return false;
    at += run;
    if (at == end)
      return true;
    if (*at++ != '.')
      return false;
  }
  return false;
}

bool mail_address_good(const char *address) {
  const char *sign = strchr(address, '@');
  const size_t len = strlen(address);
  if (!sign || len > MAIL_ADDRESS || sign - address > LOCAL_PART)
    return false;
  return dotted(address, (size_t)(sign - address), atext, LOCAL_PART, false) &&
         dotted(sign + 1, strlen(sign + 1), host_chars, LABEL, true);
}

/* "=?" would begin an encoded word, and what is in it (a line end, say) would be read as ours. */
static bool header_good(const char *value) {
  const size_t len = strlen(value);
  if (len > MAIL_HEADER || !utf8_valid(value, len) || strstr(value, "=?"))
    return false;
  for (const char *at = value; *at; at++)
    if ((unsigned char)*at < ' ' || *at == 0x7f)
      return false;
  return true;
}

static bool plain(const char *value, const char *more) {
  for (const char *at = value; *at; at++)
    if (!g_ascii_isalnum(*at) && !strchr(more, *at))
      return false;
  return *value != '\0' && strlen(value) <= URL;
}

static bool url_good(const char *url) {
  return *url == '\0' || (!strstr(url, "=?") && plain(url, "-._~:/?#[]@!$&'()*+,;=%"));
}

/* GMime reads a label that begins "xn--" and writes it anew, which for what is no such name gives another address. */
static bool address_kept(const char *address) {
  InternetAddress *mailbox = internet_address_mailbox_new(NULL, address);
  const char *kept = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox));
  const bool same = kept && strcmp(kept, address) == 0;
  g_object_unref(mailbox);
  return same;
}

static bool address_writable(const char *address) {
  return mail_address_good(address) && address_kept(address);
}

/* NULL, or what is wrong. */
static const char *objection(const struct mail *mail) {
  if (!address_writable(mail->from))
    return "the sender's address cannot be written in a mail";
  if (!address_writable(mail->to))
    return "the recipient's address cannot be written in a mail";
  if (*mail->reply_to && !address_writable(mail->reply_to))
    return "the address for answers cannot be written in a mail";
  if (!header_good(mail->subject) || !header_good(mail->from_name))
    return "a header has a character that it cannot have";
  if (!plain(mail->header_id, "") || (mail->list && !plain(mail->list, "-")) || !url_good(mail->choices_url))
    return "an id or a link has a character that it cannot have";
  for (size_t i = 0; i < mail->images_n; i++)
    if (!plain(mail->images[i].cid, "-._@") || !plain(mail->images[i].type, "/-.+"))
      return "an image's name has a character that it cannot have";
  for (size_t i = 0; i < mail->files_n; i++)
    if (!header_good(mail->files[i].name) || !plain(mail->files[i].type, "/-.+;= "))
      return "a file's name has a character that it cannot have";
  return NULL;
}

bool mail_is_wire(const uint8_t *bytes, size_t len) {
  size_t line = 0;
  for (size_t i = 0; i < len; i++) {
    const uint8_t c = bytes[i];
    if (c == '\0' || c >= 0x80 || (c == '\n' && (i == 0 || bytes[i - 1] != '\r')) ||
        (c == '\r' && (i + 1 == len || bytes[i + 1] != '\n')))
      return false;
    line = c == '\n' ? 0 : line + 1;
    if (line > MAIL_LINE + 1) /* the CR counts not */
      return false;
  }
  return len >= 2 && bytes[len - 1] == '\n';
}

/* ---------------------------------------------------------------- parts */

static GMimePart *part_new(const char *type, const char *bytes, size_t len, GMimeContentEncoding encoding) {
  GMimeContentType *content_type = g_mime_content_type_parse(NULL, type);
  GMimePart *part = g_mime_part_new();
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, len);
  GMimeDataWrapper *wrapper = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
  g_mime_object_set_content_type(GMIME_OBJECT(part), content_type);
  g_mime_part_set_content(part, wrapper);
  g_mime_part_set_content_encoding(part, encoding);
  g_object_unref(wrapper);
  g_object_unref(stream);
  g_object_unref(content_type);
  return part;
}

static GMimeObject *text_new(const char *type, const char *text) {
  return GMIME_OBJECT(part_new(type, text, strlen(text), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE));
}

static GMimeObject *image_new(const struct mail_part *image) {
  GMimePart *part = part_new(image->type, image->bytes, image->len, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_object_set_disposition(GMIME_OBJECT(part), GMIME_DISPOSITION_INLINE);
  g_mime_part_set_content_id(part, image->cid);
  return GMIME_OBJECT(part);
}

static GMimeObject *file_new_part(const struct mail_part *file) {
  GMimePart *part = part_new(file->type, file->bytes, file->len, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_object_set_disposition(GMIME_OBJECT(part), GMIME_DISPOSITION_ATTACHMENT);
  g_mime_part_set_filename(part, file->name);
  return GMIME_OBJECT(part);
}

static GMimeMultipart *multipart_new(const struct mail *mail, const char *subtype) {
  char boundary[BOUNDARY];
  GMimeMultipart *multipart = g_mime_multipart_new_with_subtype(subtype);
  snprintf(boundary, sizeof boundary, "sg-%.40s-%s", mail->header_id, subtype);
  g_mime_multipart_set_boundary(multipart, boundary);
  return multipart;
}

/* Takes the part. */
static void multipart_add(GMimeMultipart *multipart, GMimeObject *part) {
  g_mime_multipart_add(multipart, part);
  g_object_unref(part);
}

static GMimeObject *html_new(const struct mail *mail) {
  GMimeObject *html = text_new("text/html; charset=utf-8", mail->html);
  if (mail->images_n == 0)
    return html;
  GMimeMultipart *related = multipart_new(mail, "related");
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(related), "type", "text/html");
  multipart_add(related, html);
  for (size_t i = 0; i < mail->images_n; i++)
    multipart_add(related, image_new(&mail->images[i]));
  return GMIME_OBJECT(related);
}

static GMimeObject *body_new(const struct mail *mail) {
  GMimeObject *body = text_new("text/plain; charset=utf-8", mail->text);
  if (mail->html) {
    GMimeMultipart *alternative = multipart_new(mail, "alternative");
    multipart_add(alternative, body);
    multipart_add(alternative, html_new(mail));
    body = GMIME_OBJECT(alternative);
  }
  if (mail->files_n == 0)
    return body;
  GMimeMultipart *mixed = multipart_new(mail, "mixed");
  multipart_add(mixed, body);
  for (size_t i = 0; i < mail->files_n; i++)
    multipart_add(mixed, file_new_part(&mail->files[i]));
  return GMIME_OBJECT(mixed);
}

/* ---------------------------------------------------------------- headers */

static void header_put(GMimeMessage *message, const char *name, const char *value) {
  g_mime_object_set_header(GMIME_OBJECT(message), name, value, "utf-8");
}

/* What tells other programs that no person wrote it, so that they neither answer nor count it as somebody's word. */
static void headers_of_robots(GMimeMessage *message, const struct mail *mail) {
  const char *host = strchr(mail->from, '@') + 1;
  char value[URL + MAIL_ADDRESS];
  header_put(message, "Auto-Submitted", "auto-generated"); /* RFC 3834 */
  header_put(message, "X-Auto-Response-Suppress", "All");  /* Exchange's way to say it */
  if (mail->urgent)
    header_put(message, "Importance", "high");
  if (!mail->list)
    return;
  header_put(message, "Precedence", "bulk");
  snprintf(value, sizeof value, "<%s.stepguard.%s>", mail->list, host);
  header_put(message, "List-Id", value);
  if (*mail->choices_url) {
    snprintf(value, sizeof value, "<%s>", mail->choices_url);
    header_put(message, "List-Unsubscribe", value);
  }
}

static void headers_put(GMimeMessage *message, const struct mail *mail) {
  char id[MAIL_ADDRESS + BOUNDARY];
  GDateTime *date = g_date_time_new_from_unix_utc(mail->made_at_ms / MS);
  snprintf(id, sizeof id, "%s@%s", mail->header_id, strchr(mail->from, '@') + 1);
  g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, *mail->from_name ? mail->from_name : NULL, mail->from);
  g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, mail->to);
  if (*mail->reply_to)
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_REPLY_TO, NULL, mail->reply_to);
  g_mime_message_set_subject(message, mail->subject, "utf-8");
  g_mime_message_set_date(message, date);
  g_mime_message_set_message_id(message, id);
  header_put(message, "MIME-Version", "1.0");
  headers_of_robots(message, mail);
  g_date_time_unref(date);
}

int mail_write(const struct mail *mail, struct buf *ret, char why[MAIL_WHY]) {
  const char *wrong = objection(mail);
  snprintf(why, MAIL_WHY, "%s", wrong ? wrong : "");
  if (wrong)
    return E_INVALID;
  GMimeMessage *message = g_mime_message_new(TRUE);
  GMimeObject *body = body_new(mail);
  GMimeFormatOptions *options = g_mime_format_options_new();
  GMimeStream *stream = g_mime_stream_mem_new();
  headers_put(message, mail);
  g_mime_message_set_mime_part(message, body);
  g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
  g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
  const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
  buf_put(ret, bytes->data, bytes->len);
  if (bytes->len < 2 || bytes->data[bytes->len - 1] != '\n')
    buf_put(ret, "\r\n", 2);
  g_object_unref(stream);
  g_mime_format_options_free(options);
  g_object_unref(body);
  g_object_unref(message);
  if (buf_finish(ret))
    return buf_finish(ret);
  if (mail_is_wire(ret->data, ret->len))
    return E_OK;
  snprintf(why, MAIL_WHY, "%s", "it would not be the same bytes to everybody who reads it");
  return E_INVALID;
}
