/*
 * Enrolment: from a one-time code on paper to a certificate.
 *
 * The order is what makes it safe to lose power, or the answer, anywhere. The key is on disk, marked with the code it was
 * made for, before the server hears of it; so trying again sends the same key with the same code, and the server gives the
 * same certificate again instead of "code spent". A different code gets a different key, because a key that another device
 * was enrolled with is refused. The settings are written before the certificate, since the certificate's presence is what
 * says "enrolled".
 *
 * The code carries the fingerprint of the school's CA, so the first connection is already authenticated: a server that
 * cannot show a chain up to that CA, for the host asked for, never sees the code (link.c).
 */
#include "client/backoff.h"
#include "client/client.h"
#include "client/error.h"
#include "client/keys.h"
#include "client/talk.h"
#include "proto/code.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIGEST_TEXT = 65, PORT_TEXT = 8 };

static int code_read(struct code *ret, const char *text, struct sg_error *ret_error) {
  size_t at = 0;
  switch (code_parse(ret, &at, text)) {
  case CODE_OK: return SG_OK;
  case CODE_BAD_LETTER:
    return error_set(ret_error, SG_DATA, "The code has a character at position %zu that no code has. Compare it with the letter.",
                     at + 1);
  case CODE_BAD_LENGTH:
    return error_set(ret_error, SG_DATA, "The code has %zu letters and digits instead of 48. Compare it with the letter.", at);
  case CODE_BAD_CHECK: break;
  }
  return error_set(
      ret_error, SG_DATA,
      "The code has a slip in it: one letter is wrong, or two are swapped. Compare it with the letter, group by group.");
}

int sg_code_check(const char *code, struct sg_error *ret_error) {
  struct code probe;
  int status = code_read(&probe, code, ret_error);
  OPENSSL_cleanse(&probe, sizeof probe);
  return status;
}

static int code_digest(char ret[DIGEST_TEXT], const struct code *code, struct sg_error *ret_error) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (EVP_Digest(code->secret, sizeof code->secret, digest, &len, EVP_sha256(), NULL) != 1)
    return error_set(ret_error, SG_LOCAL, "SHA-256 failed inside OpenSSL. Check that OpenSSL 3 is whole and that memory is left.");
  for (unsigned i = 0; i < len && 2 * i + 2 < DIGEST_TEXT; i++)
    snprintf(ret + (size_t)i * 2, 3, "%02x", digest[i]);
  return SG_OK;
}

/* The key for this code: the one from an earlier try with it, or a new one. */
static int enrol_key(EVP_PKEY **ret, struct sg_client *client, const struct code *code, struct sg_error *ret_error) {
  char made_for[OUTBOX_VALUE_CAP], digest[DIGEST_TEXT];
  int status = code_digest(digest, code, ret_error);
  if (status == SG_OK)
    status = outbox_get(client->outbox, SETTING_KEY_NEXT_FOR, made_for, sizeof made_for, ret_error);
  if (status != SG_OK)
    return status;
  bool again = strcmp(made_for, digest) == 0;
  if (!again)
    status = outbox_set(client->outbox, SETTING_KEY_NEXT_FOR, "", ret_error);
  EVP_PKEY *key = NULL;
  if (status == SG_OK)
    status = keys_next(&key, &client->home, again, ret_error);
  if (status == SG_OK && !again)
    status = outbox_set(client->outbox, SETTING_KEY_NEXT_FOR, digest, ret_error);
  if (status != SG_OK) {
    EVP_PKEY_free(key);
    return status;
  }
  *ret = key;
  return SG_OK;
}

static int enrol_keep(struct sg_client *client, const char *host, const char *device, const Stepguard__V1__Certificate *answer,
                      struct sg_error *ret_error) {
  char port[PORT_TEXT], school[128];
  if (answer->student_port < 1 || answer->student_port > UINT16_MAX)
    return talk_nonsense(ret_error, "it names no port to sync with");
  snprintf(port, sizeof port, "%" PRIu32, answer->student_port);
  text_clean(school, sizeof school, answer->school_name);
  const char *const settings[][2] = {
      {SETTING_SERVER, host}, {SETTING_STUDENT_PORT, port}, {SETTING_SCHOOL, school}, {SETTING_DEVICE, device}, {SETTING_ZONE, ""}};
  int status = outbox_begin(client->outbox, ret_error);
  if (status != SG_OK)
    return status;
  for (size_t i = 0; status == SG_OK && i < sizeof settings / sizeof settings[0]; i++)
    status = outbox_set(client->outbox, settings[i][0], settings[i][1], ret_error);
  if (status == SG_OK)
    status = outbox_commit(client->outbox, ret_error);
  if (status != SG_OK)
    outbox_rollback(client->outbox);
  return status;
}

/* The certificate's URI up to the device: stepguard://school/students/7. "" where it cannot be read; keys_accept() says so. */
static void student_of(char *ret, size_t cap, const ProtobufCBinaryData *der) {
  const unsigned char *at = der->data;
  X509 *certificate = d2i_X509(NULL, &at, (long)der->len);
  ret[0] = '\0';
  if (certificate != NULL)
    keys_identity(ret, cap, certificate);
  X509_free(certificate);
  char *device = strstr(ret, "/devices/");
  if (device != NULL)
    *device = '\0';
}

/* What waits here is one student's. With another's certificate it would be sent as that one's. */
static int enrol_same_student(struct sg_client *client, const ProtobufCBinaryData *der, struct sg_error *ret_error) {
  char before[OUTBOX_VALUE_CAP], now[OUTBOX_VALUE_CAP];
  struct sg_counts counts;
  student_of(now, sizeof now, der);
  int status = outbox_get(client->outbox, SETTING_STUDENT, before, sizeof before, ret_error);
  if (status == SG_OK)
    status = outbox_counts(client->outbox, &counts, ret_error);
  if (status != SG_OK)
    return status;
  bool empty =
      counts.queued + counts.acknowledged + counts.rejected + counts.conflict + counts.plans_queued + counts.study_queued == 0;
  if (before[0] != '\0' && strcmp(before, now) != 0 && !empty)
    return error_set(
        ret_error, SG_DATA,
        "This code is another student's, and the results kept here are not. Nothing was changed. Ask for a new code and "
        "enrol with it in a directory of its own (STEPGUARD_HOME).");
  return outbox_set(client->outbox, SETTING_STUDENT, now, ret_error);
}

/* One connection, one Enrol, one answer. */
static int enrol_once(struct sg_client *client, const struct link_options *options, const struct code *code, const char *device,
                      EVP_PKEY *key, struct sg_error *ret_error) {
  struct talk talk = {0};
  uint8_t *request = NULL;
  size_t request_len = 0;
  int status = keys_request(key, &request, &request_len, ret_error);
  if (status == SG_OK)
    status = talk_open(&talk, options, ret_error);
  if (status != SG_OK)
    goto fail;
  Stepguard__V1__Enrol enrol = STEPGUARD__V1__ENROL__INIT;
  enrol.code_secret = (ProtobufCBinaryData){.len = sizeof code->secret, .data = (uint8_t *)code->secret};
  enrol.csr_der = (ProtobufCBinaryData){.len = request_len, .data = request};
  enrol.device_name = (char *)device;
  enrol.client = "stepguard " SG_VERSION;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_ENROL;
  message.enrol = &enrol;
  const Stepguard__V1__ServerMessage *answer;
  status = talk_ask(&talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE, &answer, ret_error);
  if (status == SG_OK)
    status = enrol_same_student(client, &answer->certificate->certificate_der, ret_error);
  if (status == SG_OK)
    status = enrol_keep(client, options->host, device, answer->certificate, ret_error);
  if (status == SG_OK)
    status = keys_accept(&client->home, key, answer->certificate->certificate_der.data, answer->certificate->certificate_der.len,
                         link_ca(talk.link), ret_error);
fail:
  talk_close(&talk);
  free(request);
  return status;
}

static int enrol_allowed(struct sg_client *client, bool replace, struct sg_error *ret_error) {
  struct keys keys;
  if (replace)
    return SG_OK;
  int status = keys_locked(&client->home) ? SG_OK : keys_load(&keys, &client->home, ret_error);
  if (status == SG_OK && !keys_locked(&client->home))
    keys_free(&keys);
  if (status == SG_NOT_ENROLLED)
    return SG_OK;
  if (status != SG_OK)
    return status;
  char school[OUTBOX_VALUE_CAP];
  status = outbox_get(client->outbox, SETTING_SCHOOL, school, sizeof school, ret_error);
  if (status == SG_OK)
    status = error_set(ret_error, SG_DATA,
                       "This device is enrolled already%s%s. To give that up for the new code, run the same with --replace.",
                       school[0] != '\0' ? " at " : "", school);
  return status;
}

static void device_default(char *out, size_t cap) {
  if (gethostname(out, cap) != 0 || out[0] == '\0')
    snprintf(out, cap, "my computer");
  out[cap - 1] = '\0';
}

int sg_enrol(struct sg_client *client, const struct sg_enrolment *enrolment, struct sg_error *ret_error) {
  struct code code;
  char host[256], name[LIMIT_DEVICE_NAME_CHARS + 1], device[LIMIT_DEVICE_NAME_CHARS + 1];
  struct link_options options = {.host = host};
  device_default(name, sizeof name);
  text_clean(device, sizeof device, enrolment->device != NULL ? enrolment->device : name);
  int status = link_address(enrolment->server, host, sizeof host, &options.port, ret_error);
  if (status == SG_OK)
    status = code_read(&code, enrolment->code, ret_error);
  if (status == SG_OK)
    status = enrol_allowed(client, enrolment->replace, ret_error);
  if (status != SG_OK)
    return status;
  /* From here on keys are written and read with the new passphrase, or none. */
  snprintf(client->home.secret->text, SG_PASSPHRASE_CAP, "%s", enrolment->passphrase != NULL ? enrolment->passphrase : "");
  client->home.secret->known = true;
  options.ca_fingerprint = code.ca_fingerprint;
  EVP_PKEY *key = NULL;
  status = enrol_key(&key, client, &code, ret_error);
  struct backoff backoff;
  backoff_init(&backoff, enrolment->max_wait_s);
  if (status == SG_OK)
    do
      status = enrol_once(client, &options, &code, device, key, ret_error);
    while (status != SG_OK && backoff_wait(&backoff, ret_error, NULL, NULL));
  EVP_PKEY_free(key);
  OPENSSL_cleanse(&code, sizeof code);
  if (status != SG_OK)
    return status;
  /* The school's zone decides what "noon" of a date is in an import, so it is asked for now; without it that is UTC. */
  struct sg_sync_report report;
  struct sg_error ignored;
  (void)!sg_sync(client, &(struct sg_sync_options){.standing_only = true}, &report, &ignored);
  return SG_OK;
}
