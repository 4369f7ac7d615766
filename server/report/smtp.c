/*
 * SMTP by libcurl: connection, STARTTLS or TLS from the first byte, certificate and name, sign-in, dot-stuffing, time-outs.
 *
 * What is added is the judgement. A refusal of this recipient or this mail is the mail's business; one of the greeting, the sign-in
 * or the sender is about us, and every other mail would hear it too: then nothing more is tried now. No answer after the mail's
 * last byte means that the server may have it all the same; the next attempt brings the same bytes and the same Message-ID, by
 * which a mailbox can know them for one.
 *
 * After a failure the connection is cut, not closed: curl would keep one on which the answer to the last mail is still to come, and
 * take that answer for the next mail's; or say goodbye to a server that hangs, and wait for it two minutes.
 *
 * Plaintext goes to this machine alone, and only where the configuration says so. No proxy: a mail server is not asked for through
 * one. Of what is said only the server's words are kept, never ours (the password is among them).
 *
 * Rejected: an SMTP client of our own (curl's has been attacked for twenty years); sendmail(1) (another program's queue decides
 * then when and whether, and exactly once ends at its door).
 */
#include "report/smtp.h"

#include "base/err.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CONNECT_MS = 15000, MS = 1000, FIRST_FAILURE = 400, FIRST_REFUSAL = 500, CODE_DIGITS = 3 };

struct smtp {
  struct smtp_options options;
  CURL *curl; /* NULL after a failure, until the next mail */
  const struct smtp_mail *mail;
  size_t read;
  enum smtp_phase phase;
  bool over; /* we have said goodbye: what comes now is not about the mail */
  long code; /* of the server's last word on our last command; 0: none */
  char reply[SMTP_REPLY];
};

/* ---------------------------------------------------------------- where to */

static bool is_here(const char *url) {
  static const char *const here[] = {"127.0.0.1", "[::1]", "localhost"};
  const char *host = strstr(url, "://") + strlen("://");
  for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
    const size_t len = strlen(here[i]);
    if (strncmp(host, here[i], len) == 0 && (host[len] == '\0' || host[len] == ':' || host[len] == '/'))
      return true;
  }
  return false;
}

const char *smtp_objection(const struct smtp_options *options) {
  const bool none = strcmp(options->tls, "none") == 0;
  if (*options->url == '\0')
    return "no mail server is configured (mail.url)";
  if (strncmp(options->url, "smtp://", strlen("smtp://")) != 0 && strncmp(options->url, "smtps://", strlen("smtps://")) != 0)
    return "mail.url begins with smtp:// or smtps://";
  if (strchr(options->url, '@'))
    return "mail.url has no account in it; that is mail.user and mail.password_file";
  if (!none && strcmp(options->tls, "required") != 0)
    return "mail.tls is required or none";
  if (none && !is_here(options->url))
    return "mail.tls none is for a mail server on this machine (127.0.0.1, [::1], localhost)";
  if (none && *options->user)
    return "a password is not sent without TLS: mail.tls required, or no mail.user";
  return NULL;
}

/* ---------------------------------------------------------------- what is said */

/* Which of our commands is being answered. They are looked at and not kept. */
static int said(CURL *curl, curl_infotype type, char *bytes, size_t len, void *arg) {
  static const struct {
    const char *command;
    enum smtp_phase phase;
  } commands[] = {{"MAIL ", SMTP_SENDER}, {"RCPT ", SMTP_RECIPIENT}, {"DATA", SMTP_DATA}};
  static const char goodbye[] = "QUIT";
  struct smtp *smtp = arg;
  (void)curl;
  smtp->over =
      smtp->over || (type == CURLINFO_HEADER_OUT && len >= strlen(goodbye) && strncmp(bytes, goodbye, strlen(goodbye)) == 0);
  if (smtp->over || (type != CURLINFO_HEADER_OUT && type != CURLINFO_DATA_OUT))
    return 0;
  smtp->code = 0; /* after the mail's bytes: what is answered is the mail, not "go ahead" */
  if (type == CURLINFO_DATA_OUT)
    return 0;
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (len >= strlen(commands[i].command) && strncmp(bytes, commands[i].command, strlen(commands[i].command)) == 0)
      smtp->phase = commands[i].phase;
  return 0;
}

/* One line of the server's. */
static size_t heard(char *bytes, size_t size, size_t n, void *arg) {
  struct smtp *smtp = arg;
  const size_t len = size * n;
  char digits[CODE_DIGITS + 1] = "";
  size_t put = 0;
  if (smtp->over)
    return len;
  if (len > CODE_DIGITS) {
    memcpy(digits, bytes, CODE_DIGITS);
    smtp->code = strtol(digits, NULL, 10);
  }
  for (size_t i = 0; i < len && put + 1 < sizeof smtp->reply; i++)
    if (bytes[i] >= ' ' && bytes[i] <= '~')
      smtp->reply[put++] = bytes[i];
  smtp->reply[put] = '\0';
  return len;
}

static size_t mail_read(char *ret, size_t size, size_t n, void *arg) {
  struct smtp *smtp = arg;
  const size_t left = smtp->mail->len - smtp->read;
  const size_t take = left < size * n ? left : size * n;
  if (take > 0) /* curl asks until it gets nothing */
    memcpy(ret, smtp->mail->bytes + smtp->read, take);
  smtp->read += take;
  return take;
}

/* ---------------------------------------------------------------- the connection */

static bool server_set(struct smtp *smtp) {
  const struct smtp_options *options = &smtp->options;
  CURL *curl = smtp->curl;
  const bool tls = strcmp(options->tls, "none") != 0;
  return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_URL, options->url) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(tls ? CURLUSESSL_ALL : CURLUSESSL_NONE)) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
         (*options->ca_file == '\0' || (curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file) == CURLE_OK &&
                                        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
         (*options->user == '\0' || (curl_easy_setopt(curl, CURLOPT_USERNAME, options->user) == CURLE_OK &&
                                     curl_easy_setopt(curl, CURLOPT_PASSWORD, options->password) == CURLE_OK)) &&
         curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK && curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)options->deadline_s) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)options->deadline_s * MS) == CURLE_OK;
}

static bool ears_set(struct smtp *smtp) {
  CURL *curl = smtp->curl;
  return curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_READFUNCTION, mail_read) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_READDATA, smtp) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, heard) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_HEADERDATA, smtp) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, said) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_DEBUGDATA, smtp) == CURLE_OK && curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}

static bool connection_new(struct smtp *smtp) {
  smtp->curl = curl_easy_init();
  return smtp->curl && server_set(smtp) && ears_set(smtp);
}

static void connection_cut(struct smtp *smtp) {
  curl_socket_t at = CURL_SOCKET_BAD;
  if (smtp->curl && curl_easy_getinfo(smtp->curl, CURLINFO_ACTIVESOCKET, &at) == CURLE_OK && at != CURL_SOCKET_BAD)
    shutdown(at, SHUT_RDWR);
  curl_easy_cleanup(smtp->curl);
  smtp->curl = NULL;
}

int smtp_new(const struct smtp_options *options, struct smtp **ret, char reason[SMTP_REASON]) {
  const char *wrong = smtp_objection(options);
  if (wrong) {
    snprintf(reason, SMTP_REASON, "%s", wrong);
    return E_CONFIG;
  }
  struct smtp *smtp = calloc(1, sizeof *smtp);
  if (!smtp) {
    snprintf(reason, SMTP_REASON, "%s", err_text(E_NOMEM));
    return E_NOMEM;
  }
  smtp->options = *options;
  *ret = smtp;
  return E_OK;
}

void smtp_free(struct smtp *smtp) {
  if (!smtp)
    return;
  curl_easy_cleanup(smtp->curl);
  free(smtp);
}

/* ---------------------------------------------------------------- one mail */

enum smtp_verdict smtp_judge(enum smtp_phase phase, long code) {
  if (phase < SMTP_RECIPIENT || (code == 0 && phase < SMTP_DATA))
    return SMTP_DOWN;
  return code >= FIRST_REFUSAL ? SMTP_REFUSED : SMTP_LATER;
}

static bool mail_set(struct smtp *smtp, const struct smtp_mail *mail, struct curl_slist *to) {
  return to && (smtp->curl || connection_new(smtp)) && curl_easy_setopt(smtp->curl, CURLOPT_MAIL_FROM, mail->from) == CURLE_OK &&
         curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
         curl_easy_setopt(smtp->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->len) == CURLE_OK;
}

enum smtp_verdict smtp_send(struct smtp *smtp, const struct smtp_mail *mail, char reply[SMTP_REPLY]) {
  struct curl_slist *to = curl_slist_append(NULL, mail->to);
  smtp->mail = mail;
  smtp->read = 0;
  smtp->phase = SMTP_GREETING;
  smtp->over = false;
  smtp->code = 0;
  smtp->reply[0] = '\0';
  const CURLcode done = mail_set(smtp, mail, to) ? curl_easy_perform(smtp->curl) : CURLE_OUT_OF_MEMORY;
  smtp->mail = NULL;
  curl_slist_free_all(to);
  if (done == CURLE_OK) {
    snprintf(reply, SMTP_REPLY, "%s", smtp->reply);
    return SMTP_SENT;
  }
  connection_cut(smtp);
  if (smtp->code < FIRST_FAILURE) { /* not the server's no, but something on the way */
    snprintf(reply, SMTP_REPLY, "%s", curl_easy_strerror(done));
    smtp->code = 0;
  } else {
    snprintf(reply, SMTP_REPLY, "%s", smtp->reply);
  }
  return done == CURLE_OUT_OF_MEMORY ? SMTP_DOWN : smtp_judge(smtp->phase, smtp->code);
}
