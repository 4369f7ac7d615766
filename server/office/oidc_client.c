/*
 * The settings of [oidc] as a whole: three keys that want each other, and a file that is nobody else's.
 *
 * Everything that can be known to be wrong without asking the provider is said at start and at a reload, with the old
 * settings staying in force. The provider itself is not asked then: that it sleeps must not keep the office from opening.
 */
#include "office/oidc_client.h"

#include "base/err.h"
#include "base/file.h"
#include "office/oidc_discovery.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_word(const char *list, const char *word) {
  const size_t len = strlen(word);
  for (const char *at = list + strspn(list, " "); *at; at += strspn(at, " ")) {
    const size_t n = strcspn(at, " ");
    if (n == len && strncmp(at, word, n) == 0)
      return true;
    at += n;
  }
  return false;
}

static int settings_check(const struct conf *conf, char *reason, size_t cap) {
  const char *objection = oidc_issuer_objection(conf->oidc_issuer);
  if (!*conf->oidc_client_id || !*conf->oidc_client_secret_file)
    snprintf(reason, cap, "oidc.issuer wants oidc.client_id and oidc.client_secret_file as well");
  else if (objection)
    snprintf(reason, cap, "oidc.issuer %s", objection);
  else if (!has_word(conf->oidc_scopes, "openid"))
    snprintf(reason, cap, "oidc.scopes lacks openid");
  else
    return E_OK;
  return E_CONFIG;
}

/* The first line of the file. */
static int secret_read(struct oidc_client *client, char *reason, size_t cap) {
  const char *path = client->conf->oidc_client_secret_file;
  char why[FILE_REASON], *text = NULL;
  size_t len = 0;
  if (file_read_secret(path, OIDC_SECRET_BYTES - 1, &text, &len, why) < 0) {
    snprintf(reason, cap, "%s", why);
    return E_CONFIG;
  }
  const size_t line = strcspn(text, "\r\n");
  memcpy(client->secret, text, line);
  OPENSSL_cleanse(text, len);
  free(text);
  if (line > 0)
    return E_OK;
  snprintf(reason, cap, "%.200s is empty", path);
  return E_CONFIG;
}

int oidc_client_new(struct conf *conf, struct oidc_client **ret, char *reason, size_t cap) {
  if (!*conf->oidc_issuer) {
    *ret = NULL;
    return E_OK;
  }
  int err = settings_check(conf, reason, cap);
  if (err)
    return err;
  struct oidc_client *client = calloc(1, sizeof *client);
  if (!client)
    return E_NOMEM;
  client->refs = 1;
  client->conf = conf_ref(conf);
  err = secret_read(client, reason, cap);
  if (err)
    oidc_client_unref(client);
  else
    *ret = client;
  return err;
}

struct oidc_client *oidc_client_ref(struct oidc_client *client) {
  client->refs++;
  return client;
}

void oidc_client_unref(struct oidc_client *client) {
  if (!client || --client->refs > 0)
    return;
  conf_unref(client->conf);
  OPENSSL_cleanse(client, sizeof *client);
  free(client);
}
