/*
 * Renewing the certificate over the connection that is open anyway, in the last third of its life.
 *
 * A new key each time: a key that leaked unnoticed is worth nothing after at most ninety days. The key is on disk, marked as
 * the renewal's, before the server hears of it, so that a lost answer is asked for again with the same key; keys.h tells how
 * key and certificate change together. A renewal that fails stops nothing: the old certificate has a month left, and the
 * results matter more. Only a lost connection is passed on, to be tried again like any.
 */
#include "client/error.h"
#include "client/sync.h"

#include <stdlib.h>
#include <string.h>

static int renewal_key(struct sync *sync, EVP_PKEY **ret, struct sg_error *ret_error) {
  static const char renewal[] = "renewal";
  char made_for[OUTBOX_VALUE_CAP];
  int status = outbox_get(sync->client->outbox, SETTING_KEY_NEXT_FOR, made_for, sizeof made_for, ret_error);
  bool again = status == SG_OK && strcmp(made_for, renewal) == 0;
  if (status == SG_OK && !again && made_for[0] != '\0' && home_has(&sync->client->home, "device.key.next"))
    return error_set(ret_error, SG_DATA,
                     "An enrolment with a new code is unfinished; run it again, or the certificate cannot be renewed.");
  /* Of an enrolment that has ended, maybe: a key of ours beside it would look like one that has not. */
  if (status == SG_OK && !again && made_for[0] != '\0')
    status = outbox_set(sync->client->outbox, SETTING_KEY_NEXT_FOR, "", ret_error);
  if (status == SG_OK)
    status = keys_next(ret, &sync->client->home, again, ret_error);
  if (status == SG_OK && !again)
    status = outbox_set(sync->client->outbox, SETTING_KEY_NEXT_FOR, renewal, ret_error);
  return status;
}

static int renewal_ask(struct sync *sync, EVP_PKEY *key, struct sg_error *ret_error) {
  uint8_t *request = NULL;
  size_t request_len = 0;
  int status = keys_request(key, &request, &request_len, ret_error);
  if (status != SG_OK)
    return status;
  Stepguard__V1__Renew renew = STEPGUARD__V1__RENEW__INIT;
  renew.csr_der = (ProtobufCBinaryData){.len = request_len, .data = request};
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_RENEW;
  message.renew = &renew;
  const Stepguard__V1__ServerMessage *answer;
  status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE, &answer, ret_error);
  free(request);
  /* The CA stays the pinned one: a renewal is not the place to change whom we believe. */
  if (status == SG_OK)
    status = keys_accept(&sync->client->home, key, answer->certificate->certificate_der.data,
                         answer->certificate->certificate_der.len, sync->keys.ca, ret_error);
  if (status == SG_OK)
    status = outbox_set(sync->client->outbox, SETTING_KEY_NEXT_FOR, "", ret_error);
  return status;
}

int sync_renew(struct sync *sync, struct sg_error *ret_error) {
  if (sync->renewal_tried || (!sync->welcome.renew_now && !keys_in_last_third(sync->keys.certificate, talk_now_ms())))
    return SG_OK;
  sync->renewal_tried = true;
  sync_progress(sync, "renewing the certificate", 0, 0);
  EVP_PKEY *key = NULL;
  int status = renewal_key(sync, &key, ret_error);
  if (status == SG_OK)
    status = renewal_ask(sync, key, ret_error);
  EVP_PKEY_free(key);
  sync->report->renewed = status == SG_OK;
  if (status == SG_OK || status == SG_UNREACHABLE)
    return status;
  sync_note(sync, "The certificate could not be renewed: %.180s", ret_error->text);
  return ret_error->closing ? SYNC_AGAIN : SG_OK;
}
