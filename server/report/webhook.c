/*
 * One POST by libcurl. Only https with the certificate checked, no redirects (a signed body goes where the school said, and nowhere
 * that somebody else says), a deadline, and of the answer nothing is kept but its status.
 *
 * The time of the attempt is signed with the body, so that what somebody recorded cannot be played back later; the id stays, so
 * that a receiver that had answered too late knows the second attempt for the first.
 */
#include "report/webhook.h"

#include "base/buf.h"
#include "base/err.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
  CONNECT_MS = 5000,
  DEADLINE_MS = 15000, /* Standard Webhooks: 15 to 30 s; a receiver answers first and works then */
  SIGNED_BYTES = 1024 * 1024,
  ANSWER_BYTES = 64 * 1024, /* read and thrown away; who sends more is cut off */
  MS = 1000,
  HEADER = 200,
  TAKEN_FIRST = 200,
  TAKEN_LAST = 299,
  GONE = 410,
};
static const char version[] = "v1,";

int webhook_sign(const struct webhook *hook, char ret[WEBHOOK_SIGNATURE]) {
  uint8_t mac[EVP_MAX_MD_SIZE];
  unsigned mac_len = 0;
  struct buf text;
  buf_init(&text, SIGNED_BYTES);
  buf_printf(&text, "%s.%" PRId64 ".", hook->id, hook->now_ms / MS);
  buf_put(&text, hook->body, strlen(hook->body));
  int err = buf_finish(&text);
  if (!err && !HMAC(EVP_sha256(), hook->secret, (int)hook->secret_len, text.data, text.len, mac, &mac_len))
    err = E_TLS;
  buf_done(&text);
  if (err)
    return err;
  memcpy(ret, version, sizeof version - 1);
  EVP_EncodeBlock((uint8_t *)ret + sizeof version - 1, mac, (int)mac_len);
  return E_OK;
}

static struct curl_slist *headers_new(const struct webhook *hook) {
  char signature[WEBHOOK_SIGNATURE], lines[4][HEADER];
  struct curl_slist *headers = NULL;
  if (webhook_sign(hook, signature) < 0)
    return NULL;
  snprintf(lines[0], HEADER, "Content-Type: application/json");
  snprintf(lines[1], HEADER, "webhook-id: %s", hook->id);
  snprintf(lines[2], HEADER, "webhook-timestamp: %" PRId64, hook->now_ms / MS);
  snprintf(lines[3], HEADER, "webhook-signature: %s", signature);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    struct curl_slist *more = curl_slist_append(headers, lines[i]);
    if (!more) {
      curl_slist_free_all(headers);
      return NULL;
    }
    headers = more;
  }
  return headers;
}

static size_t forget(char *bytes, size_t size, size_t n, void *arg) {
  size_t *taken = arg;
  (void)bytes;
  *taken += size * n;
  return *taken <= ANSWER_BYTES ? size * n : 0;
}

static bool rules_set(CURL *curl, const struct webhook *hook, size_t *taken) {
  return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_URL, hook->url) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
         (*hook->ca_file == '\0' || (curl_easy_setopt(curl, CURLOPT_CAINFO, hook->ca_file) == CURLE_OK &&
                                     curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
         curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)DEADLINE_MS) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_USERAGENT, "stepguard/" SG_VERSION) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_POSTFIELDS, hook->body) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_WRITEDATA, taken) == CURLE_OK;
}

enum webhook_verdict webhook_send(const struct webhook *hook, char reply[WEBHOOK_REPLY]) {
  long status = 0;
  size_t taken = 0;
  CURL *curl = curl_easy_init();
  struct curl_slist *headers = headers_new(hook);
  CURLcode done = CURLE_OUT_OF_MEMORY;
  if (curl && headers && rules_set(curl, hook, &taken) && curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK)
    done = curl_easy_perform(curl);
  if (curl)
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  if (status > 0) /* whatever became of the rest of the answer */
    snprintf(reply, WEBHOOK_REPLY, "HTTP %ld", status);
  else
    snprintf(reply, WEBHOOK_REPLY, "%s", curl_easy_strerror(done));
  if (status >= TAKEN_FIRST && status <= TAKEN_LAST)
    return WEBHOOK_TAKEN;
  return status == GONE ? WEBHOOK_GONE : WEBHOOK_LATER;
}
