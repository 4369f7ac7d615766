/*
 * Talking to the identity provider by libcurl's easy interface, on the lane.
 *
 * Only https, no redirects, certificate and name verified, TLS 1.2 at least; an end in time for all requests of one sign-in
 * together, and a cap on what is taken in. Nothing is decompressed (no small answer becomes a large one), nothing kept: no
 * cookies, no netrc. A proxy that the environment names is used, as by every other program on a campus that has one; TLS goes
 * through it to the provider, so it sees a name and no secret.
 *
 * Rejected: evhttp's client (no verification of names by itself, no redirect or proxy rules, and this is not worth writing
 * twice) and curl's multi interface on the loop (name look-ups would still need a thread).
 */
#include "office/oidc_fetch.h"

#include "base/clock.h"
#include "base/err.h"
#include "office/query.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 3000, LEAST_MS = 1 };

struct oidc_fetcher {
  CURL *curl;
  const char *ca_file;
  int64_t deadline_ms;
};

int oidc_fetch_prepare(void) {
  return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? E_OK : E_SYSTEM;
}

void oidc_fetch_end(void) {
  curl_global_cleanup();
}

struct oidc_fetcher *oidc_fetcher_new(const char *ca_file, int64_t deadline_ms) {
  struct oidc_fetcher *fetcher = calloc(1, sizeof *fetcher);
  if (!fetcher)
    return NULL;
  *fetcher = (struct oidc_fetcher){.curl = curl_easy_init(), .ca_file = ca_file, .deadline_ms = deadline_ms};
  if (fetcher->curl)
    return fetcher;
  free(fetcher);
  return NULL;
}

void oidc_fetcher_free(struct oidc_fetcher *fetcher) {
  if (!fetcher)
    return;
  curl_easy_cleanup(fetcher->curl);
  free(fetcher);
}

static size_t take(char *bytes, size_t size, size_t n, void *arg) {
  struct buf *body = arg;
  buf_put(body, bytes, size * n);
  return buf_finish(body) == E_OK ? size * n : 0;
}

/* False when libcurl was built without one of these: then nothing is asked, rather than asked less carefully. */
static bool rules_set(const struct oidc_fetcher *fetcher, struct buf *body, int64_t left_ms) {
  CURL *curl = fetcher->curl;
  curl_easy_reset(curl);
  return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
         (fetcher->ca_file[0] == '\0' || curl_easy_setopt(curl, CURLOPT_CAINFO, fetcher->ca_file) == CURLE_OK) &&
         curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(left_ms < CONNECT_MS ? left_ms : CONNECT_MS)) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)body->cap) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_USERAGENT, "stepguard/" SG_VERSION) == CURLE_OK;
}

static bool ask_set(CURL *curl, const struct oidc_ask *ask, const struct curl_slist *headers) {
  return headers && curl_easy_setopt(curl, CURLOPT_URL, ask->url) == CURLE_OK &&
         curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
         (!ask->form || curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->form) == CURLE_OK) &&
         (!ask->user || (curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
                         curl_easy_setopt(curl, CURLOPT_USERNAME, ask->user) == CURLE_OK &&
                         curl_easy_setopt(curl, CURLOPT_PASSWORD, ask->password) == CURLE_OK)) &&
         (!ask->bearer || (curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER) == CURLE_OK &&
                           curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, ask->bearer) == CURLE_OK));
}

static int error_of(CURLcode code, const struct buf *body) {
  if (code == CURLE_OUT_OF_MEMORY || buf_finish(body) == E_NOMEM)
    return E_NOMEM;
  return code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED ? E_LIMIT : E_AWAY;
}

int oidc_fetch(struct oidc_fetcher *fetcher, const struct oidc_ask *ask, long *ret_status, struct buf *ret_body,
               char why[OIDC_WHY]) {
  const int64_t left_ms = fetcher->deadline_ms - clock_mono_ms();
  struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
  CURLcode code = CURLE_OPERATION_TIMEDOUT;
  if (left_ms >= LEAST_MS) {
    const bool ready = rules_set(fetcher, ret_body, left_ms) && ask_set(fetcher->curl, ask, headers);
    code = ready ? curl_easy_perform(fetcher->curl) : CURLE_FAILED_INIT;
  }
  if (code == CURLE_OK)
    code = curl_easy_getinfo(fetcher->curl, CURLINFO_RESPONSE_CODE, ret_status);
  curl_slist_free_all(headers);
  if (code == CURLE_OK)
    return E_OK;
  snprintf(why, OIDC_WHY, "%s", curl_easy_strerror(code));
  return error_of(code, ret_body);
}

void oidc_form_put(struct buf *form, const char *name, const char *value) {
  buf_printf(form, "%s%s=", form->len > 0 ? "&" : "", name);
  query_escape(form, value);
}
