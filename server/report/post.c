/*
 * The sender. All it knows of a message is its row; all it decides is how the server's answer is to be taken. When, to whom, how
 * often and whether at all is the database's (api.messages_claim, api.message_done).
 *
 * Once: a message is claimed in a transaction of its own, handed over, and said to be done in another. Who dies between the
 * server's last 250 and that commit leaves a message that is sent again when the lease is over, with the same bytes under the same
 * Message-ID; there is no third party to ask, so nobody can do better, and we say so. One message a claim: a lease then has to
 * outlast one mail's deadline and not a batch of them.
 *
 * Mails first, then webhooks: a mail server that is down ends the mails of this call and leaves webhooks alone.
 *
 * Rejected: several connections at once (a thousand mails a night are a minute's work, and relays count connections); keeping the
 * written bytes in the database (the document is smaller, and has to go after a month in any case).
 */
#include "report/post.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/seal.h"
#include "db/sync.h"
#include "report/mail.h"
#include "report/parcel.h"
#include "report/smtp.h"
#include "report/webhook.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  ARGS_SMALL_BYTES = 2048,
  LEASE_BEYOND_S = 60, /* longer than a deadline: what a stopped process may oversleep, and the way to the database */
  PASSWORD_BYTES = 1024,
  NO_MESSAGE = -1,
};

enum {
  CLAIM_MESSAGE,
  CLAIM_LEASE,
  CLAIM_KIND,
  CLAIM_ADDRESS,
  CLAIM_DOCUMENT,
  CLAIM_HEADER_ID,
  CLAIM_MADE_AT,
  CLAIM_SECRET,
  CLAIM_SECRET_FOR
};

struct post {
  const struct post_options *options;
  const struct conf *conf;
  struct post_counts *counts;
  char *reason;
  struct dbsync *db;
  struct smtp *smtp;
  char *password; /* of the mail server; NULL for none */
  struct seal seal;
  int64_t only; /* NO_MESSAGE: whatever is due */
};

enum outcome { OUTCOME_SENT, OUTCOME_LATER, OUTCOME_FAILED };
static const char *const outcome_names[] = {"sent", "later", "failed"};

static int post_fail(struct post *post, int err) {
  const char *said = post->db ? dbsync_reason(post->db) : NULL;
  snprintf(post->reason, POST_REASON, "%s", said && *said ? said : err_text(err));
  return err;
}

/* ---------------------------------------------------------------- the database */

/* *ret: one row, or none. */
static int message_claim(struct post *post, const char *way, PGresult **ret) {
  struct args args;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, post->conf->school_code);
  args_i32(&args, post->conf->mail_deadline_s + LEASE_BEYOND_S);
  args_text(&args, way);
  if (post->only == NO_MESSAGE)
    args_null(&args);
  else
    args_i64(&args, post->only);
  int err = dbsync_call(post->db, STMT_MESSAGES_CLAIM, &args, ret);
  return err ? post_fail(post, err) : E_OK;
}

static void message_count(struct post *post, const char *state) {
  if (strcmp(state, "sent") == 0)
    post->counts->sent++;
  else if (strcmp(state, "waiting") == 0)
    post->counts->later++;
  else if (strcmp(state, "failed") == 0)
    post->counts->failed++;
}

static int message_done(struct post *post, const PGresult *message, enum outcome outcome, const char *reply) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, post->conf->school_code);
  args_i64(&args, cell_i64(message, 0, CLAIM_MESSAGE));
  args_i64(&args, cell_i64(message, 0, CLAIM_LEASE));
  args_text(&args, outcome_names[outcome]);
  args_text(&args, reply);
  int err = dbsync_call(post->db, STMT_MESSAGE_DONE, &args, &res);
  if (err)
    return post_fail(post, err);
  message_count(post, cell_text(res, 0, 0));
  if (post->options->told)
    post->options->told(post->options->arg, cell_text(message, 0, CLAIM_KIND), cell_text(res, 0, 0), reply);
  PQclear(res);
  return E_OK;
}

static void parcel_of(const struct post *post, const PGresult *message, const json_t *document, struct parcel *ret) {
  *ret = (struct parcel){.conf = post->conf,
                         .kind = cell_text(message, 0, CLAIM_KIND),
                         .address = cell_text(message, 0, CLAIM_ADDRESS),
                         .header_id = cell_text(message, 0, CLAIM_HEADER_ID),
                         .made_at_ms = cell_time_ms(message, 0, CLAIM_MADE_AT),
                         .document = document};
}

/* ---------------------------------------------------------------- by mail */

static const char *sender_of(const struct conf *conf) {
  return *conf->mail_bounces ? conf->mail_bounces : conf->mail_from;
}

static int mail_server_open(struct post *post) {
  const struct conf *conf = post->conf;
  char reason[SMTP_REASON], why[FILE_REASON];
  size_t len;
  if (!mail_address_good(conf->mail_from) || !mail_address_good(sender_of(conf))) {
    snprintf(post->reason, POST_REASON, "mail.from and mail.bounces have to be addresses such as stepguard@example.edu");
    return E_CONFIG;
  }
  if (*conf->mail_password_file) {
    int err = file_read_secret(conf->mail_password_file, PASSWORD_BYTES, &post->password, &len, why);
    if (err) {
      snprintf(post->reason, POST_REASON, "%s", why);
      return E_CONFIG;
    }
    post->password[strcspn(post->password, "\r\n")] = '\0';
  }
  const struct smtp_options options = {.url = conf->mail_url,
                                       .tls = conf->mail_tls,
                                       .user = conf->mail_user,
                                       .password = post->password ? post->password : "",
                                       .ca_file = conf->mail_ca_file,
                                       .deadline_s = conf->mail_deadline_s};
  int err = smtp_new(&options, &post->smtp, reason);
  if (err)
    snprintf(post->reason, POST_REASON, "%s", reason);
  return err;
}

static enum outcome mail_hand_over(struct post *post, const PGresult *message, const struct buf *bytes, char reply[SMTP_REPLY]) {
  const struct smtp_mail mail = {
      .from = sender_of(post->conf), .to = cell_text(message, 0, CLAIM_ADDRESS), .bytes = bytes->data, .len = bytes->len};
  switch (smtp_send(post->smtp, &mail, reply)) {
  case SMTP_SENT: return OUTCOME_SENT;
  case SMTP_REFUSED: return OUTCOME_FAILED;
  case SMTP_DOWN: post->counts->mail_down = true; return OUTCOME_LATER;
  case SMTP_LATER: break;
  }
  return OUTCOME_LATER;
}

static enum outcome mail_send(struct post *post, const PGresult *message, const json_t *document, char reply[SMTP_REPLY]) {
  struct parcel parcel;
  struct buf bytes;
  char why[PARCEL_WHY] = "";
  parcel_of(post, message, document, &parcel);
  buf_init(&bytes, MAIL_CAP_BYTES);
  const int err = parcel_mail(&parcel, &bytes, why);
  enum outcome outcome = err == E_NOMEM ? OUTCOME_LATER : OUTCOME_FAILED;
  if (err)
    snprintf(reply, SMTP_REPLY, "Not sent: %s.", *why ? why : err_text(err));
  else
    outcome = mail_hand_over(post, message, &bytes, reply);
  buf_done(&bytes);
  return outcome;
}

/* ---------------------------------------------------------------- to webhooks */

/* Opens the secret under which a webhook's events are signed. E_CONFIG, E_INVALID with a reply. */
static int secret_open(struct post *post, const PGresult *message, uint8_t ret[WEBHOOK_SECRET_MOST], size_t *ret_len,
                       char reply[SMTP_REPLY]) {
  char bound[SEAL_REASON], reason[SEAL_REASON];
  size_t len;
  const uint8_t *sealed = cell_bytes(message, 0, CLAIM_SECRET, &len);
  if (post->seal.n == 0 && seal_load(&post->seal, post->conf->office_secrets_key, reason) < 0) {
    snprintf(reply, SMTP_REPLY, "Not sent: the key of webhooks' secrets cannot be read.");
    return E_CONFIG;
  }
  snprintf(bound, sizeof bound, SEAL_WEBHOOK_NAME, post->conf->school_code, cell_text(message, 0, CLAIM_SECRET_FOR));
  if (len <= SEAL_EXTRA_BYTES || len > WEBHOOK_SECRET_MOST + SEAL_EXTRA_BYTES ||
      seal_open(&post->seal, bound, sealed, len, ret) < 0) {
    snprintf(reply, SMTP_REPLY, "Not sent: this webhook's secret cannot be opened.");
    return E_INVALID;
  }
  *ret_len = len - SEAL_EXTRA_BYTES;
  return E_OK;
}

static enum outcome webhook_hand_over(struct post *post, const PGresult *message, const json_t *document, char reply[SMTP_REPLY]) {
  uint8_t secret[WEBHOOK_SECRET_MOST];
  size_t secret_len;
  struct parcel parcel;
  parcel_of(post, message, document, &parcel);
  if (secret_open(post, message, secret, &secret_len, reply) < 0)
    return OUTCOME_LATER;
  char *body = parcel_event(&parcel);
  const struct webhook hook = {.url = parcel.address,
                               .id = parcel.header_id,
                               .body = body,
                               .secret = secret,
                               .secret_len = secret_len,
                               .now_ms = clock_wall_ms(),
                               .ca_file = post->conf->webhook_ca_file};
  const enum webhook_verdict verdict = body ? webhook_send(&hook, reply) : WEBHOOK_LATER;
  free(body);
  explicit_bzero(secret, sizeof secret);
  return verdict == WEBHOOK_TAKEN ? OUTCOME_SENT : verdict == WEBHOOK_GONE ? OUTCOME_FAILED : OUTCOME_LATER;
}

/* ---------------------------------------------------------------- the chain */

typedef enum outcome carry(struct post *post, const PGresult *message, const json_t *document, char reply[SMTP_REPLY]);

/* Everything of one way that is due now. */
static int post_way(struct post *post, const char *way, carry *hand) {
  int err = E_OK;
  bool more = true;
  while (!err && more && !post->counts->mail_down) {
    PGresult *message = NULL;
    json_error_t fault;
    char reply[SMTP_REPLY] = "";
    err = message_claim(post, way, &message);
    more = !err && cell_rows(message) > 0;
    if (more) {
      json_t *document = json_loads(cell_text(message, 0, CLAIM_DOCUMENT), 0, &fault);
      const enum outcome outcome = document ? hand(post, message, document, reply) : OUTCOME_FAILED;
      json_decref(document);
      err = message_done(post, message, outcome, reply);
    }
    PQclear(message);
  }
  return err;
}

static void post_close(struct post *post) {
  smtp_free(post->smtp);
  dbsync_close(post->db);
  seal_forget(&post->seal);
  if (post->password)
    explicit_bzero(post->password, strlen(post->password));
  free(post->password);
}

int post_send(const struct post_options *options, struct post_counts *ret, char reason[POST_REASON]) {
  char config[POST_REASON] = "";
  struct post post = {.options = options, .conf = options->conf, .counts = ret, .reason = reason, .only = NO_MESSAGE};
  *ret = (struct post_counts){0};
  reason[0] = '\0';
  int err = dbsync_open(options->conf->database_url, ROLE_REPORT, &post.db, reason, POST_REASON);
  int mail_err = E_OK;
  if (!err && *options->conf->mail_url) {
    mail_err = mail_server_open(&post);
    snprintf(config, sizeof config, "%s", reason);
    if (!mail_err)
      err = post_way(&post, "mail", mail_send);
  }
  const bool mail_down = ret->mail_down;
  ret->mail_down = false; /* which is no reason to keep a webhook waiting */
  if (!err)
    err = post_way(&post, "webhook", webhook_hand_over);
  ret->mail_down = mail_down;
  post_close(&post);
  if (!err && mail_err) {
    snprintf(reason, POST_REASON, "%s", config);
    err = mail_err;
  }
  return err;
}

static int test_put(struct post *post, const char *address) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, post->conf->school_code);
  args_text(&args, address);
  int err = dbsync_call(post->db, STMT_MESSAGE_TEST, &args, &res);
  if (err)
    return post_fail(post, err);
  post->only = cell_i64(res, 0, 0);
  PQclear(res);
  return E_OK;
}

int post_test(const struct post_options *options, const char *address, struct post_counts *ret, char reason[POST_REASON]) {
  struct post post = {.options = options, .conf = options->conf, .counts = ret, .reason = reason, .only = NO_MESSAGE};
  *ret = (struct post_counts){0};
  reason[0] = '\0';
  int err = mail_server_open(&post);
  if (!err)
    err = dbsync_open(options->conf->database_url, ROLE_REPORT, &post.db, reason, POST_REASON);
  if (!err)
    err = test_put(&post, address);
  if (!err)
    err = post_way(&post, "mail", mail_send);
  post_close(&post);
  return err;
}

int post_prepare(void) {
  mail_prepare();
  return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? E_OK : E_SYSTEM;
}

void post_end(void) {
  curl_global_cleanup();
}
