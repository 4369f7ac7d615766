/*
 * The daemon finds out what holds; the database decides what follows from it, counts, and spends.
 *
 * The password is judged on the lane, for argon2id takes tens of milliseconds and 19 MiB; two at a time, a bounded queue
 * behind them, "busy" beyond: a flood of sign-ins makes sign-ins wait and nothing else. The code is judged on the loop: it
 * takes microseconds. Both are always judged, and an account that does not exist costs the same, so that neither the answer
 * nor its time tells what was wrong.
 *
 * While the lane works it owns the proof, which lies in the call's arena and so outlives it.
 */
#include "office/proof.h"

#include "base/breached.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/onetime.h"
#include "office/api.h"
#include "office/totp.h"

#include <openssl/crypto.h>
#include <string.h>

enum { SEALED_BYTES = TOTP_SECRET_BYTES + SEAL_EXTRA_BYTES, SECOND_MS = 1000 };

/* ---------------------------------------------------------------- sealed secrets */

const char *proof_seal_name(struct call *call, int64_t staff_id) {
  return arena_printf(&call->arena, SEAL_FACTOR_NAME, call->office->conf->school_code, (long long)staff_id);
}

/* Another daemon seals under a key already that this one has not been told of by a signal. */
static void keys_follow(struct call *call, uint8_t number) {
  char why[SEAL_REASON];
  if (seal_has(&call->office->seal, number))
    return;
  if (seal_load(&call->office->seal, call->office->conf->office_secrets_key, why) < 0)
    log_event(LOG_ERROR, &call->log, "secrets_key", "number=%u reason=%s", number, log_value(why));
}

bool proof_open(struct call *call, int64_t staff_id, const char *sealed_hex, uint8_t ret[]) {
  uint8_t sealed[SEALED_BYTES];
  size_t len = 0;
  const char *name = proof_seal_name(call, staff_id);
  const bool whole = name && hex_read(sealed_hex, strlen(sealed_hex), sealed, sizeof sealed, &len) == E_OK && len == sizeof sealed;
  if (whole)
    keys_follow(call, sealed[0]);
  const bool opened = whole && seal_open(&call->office->seal, name, sealed, len, ret) == E_OK;
  if (!opened) /* another key than the one it was sealed with, or somebody has been at the table */
    log_event(LOG_ERROR, &call->log, "seal_broken", "staff=%lld", (long long)staff_id);
  return opened;
}

/* ---------------------------------------------------------------- the code */

static void judge_code(struct proof *proof, const json_t *known, const char *code) {
  struct call *call = proof->call;
  uint8_t secret[TOTP_SECRET_BYTES] = {0};
  char recovery[ONETIME_TEXT];
  const char *sealed = api_text(known, "totp_secret");
  const int64_t last_step = json_integer_value(json_object_get(known, "totp_last_step"));
  const int64_t staff_id = json_integer_value(json_object_get(known, "staff_id"));
  proof->has_factor = *sealed != '\0';
  if (onetime_read(code, recovery))
    token_hash_hex(recovery, proof->recovery_hash);
  if (proof->has_factor && proof_open(call, staff_id, sealed, secret))
    (void)totp_check(secret, code, clock_wall_ms() / SECOND_MS, last_step, &proof->totp_step);
  OPENSSL_cleanse(secret, sizeof secret);
}

/* ---------------------------------------------------------------- the password */

static void work(void *arg) {
  struct proof *proof = arg;
  proof->password_ok = password_check(proof->password, proof->hash);
  if (proof->password_ok && password_is_old(proof->hash) && password_hash(proof->password, proof->fresh_hash) < 0)
    proof->fresh_hash[0] = '\0'; /* another time */
  proof->judged = true;
}

static void worked(void *arg) {
  struct proof *proof = arg;
  if (proof->judged)
    proof->done(proof);
  else
    call_failed(proof->call, E_BUSY, NULL);
}

void proof_judge(struct call *call, const json_t *known, void (*done)(struct proof *proof)) {
  const char *hash = json_string_value(json_object_get(known, "password_hash"));
  struct proof *proof = arena_zalloc(&call->arena, 1, sizeof *proof);
  if (!proof || (hash && !(hash = arena_strdup(&call->arena, hash)))) {
    call_failed_memory(call);
    return;
  }
  proof->call = call;
  proof->done = done;
  proof->password = call_text(call, "password");
  proof->hash = hash;
  proof->revision = json_integer_value(json_object_get(known, "revision"));
  judge_code(proof, known, call_text(call, "code"));
  if (*proof->password == '\0') { /* by a code alone, where that is enough */
    proof->judged = true;
    done(proof);
    return;
  }
  const int err = strlen(proof->password) > OFFICE_PASSWORD_BYTES ? E_LIMIT : lane_run(call->office->lane, work, worked, proof);
  if (err == E_LIMIT)
    call_problem(call,
                 &(struct problem){
                     .status = 422, .code = "too_long", .detail = "The password is longer than any here.", .field = "password"});
  else if (err)
    call_failed(call, E_BUSY, NULL);
}

json_t *proof_members(const struct proof *proof) {
  json_t *members = json_pack("{s:I,s:b}", "revision", (json_int_t)proof->revision, "password_ok", proof->password_ok);
  if (members && proof->totp_step > 0)
    json_object_set_new(members, "totp_step", json_integer(proof->totp_step));
  if (members && proof->recovery_hash[0])
    json_object_set_new(members, "recovery_hash", json_string(proof->recovery_hash));
  return members;
}

int proof_add_token(struct call *call, json_t *members) {
  char csrf[TOKEN_TEXT], token_hex[TOKEN_HASH_HEX], csrf_hex[TOKEN_HASH_HEX];
  if (token_make(call->fresh) < 0)
    return E_TLS;
  token_csrf(call->fresh, csrf);
  token_hash_hex(call->fresh, token_hex);
  token_hash_hex(csrf, csrf_hex);
  const bool added = json_object_set_new(members, "token_hash", json_string(token_hex)) == 0 &&
                     json_object_set_new(members, "csrf_hash", json_string(csrf_hex)) == 0;
  return added ? E_OK : E_NOMEM;
}

/* ---------------------------------------------------------------- a new password */

struct hashing {
  struct call *call;
  const char *password, *list; /* of stolen passwords; "" for none */
  bool listed, hashed;
  char reason[BREACHED_REASON]; /* "" unless the list could not be asked */
  char hash[PASSWORD_HASH_TEXT];
  void (*done)(struct call *call, const char *hash);
};

static void hash_work(void *arg) {
  struct hashing *hashing = arg;
  const int err = *hashing->list ? breached_look(hashing->list, hashing->password, &hashing->listed, hashing->reason) : E_OK;
  hashing->hashed = err == E_OK && !hashing->listed && password_hash(hashing->password, hashing->hash) == E_OK;
}

static void hash_worked(void *arg) {
  struct hashing *hashing = arg;
  struct call *call = hashing->call;
  if (*hashing->reason) /* a school that has a list wants it asked: then nobody chooses a password until it can be */
    log_event(LOG_ERROR, &call->log, "breached_passwords", "reason=%s", log_value(hashing->reason));
  if (hashing->hashed)
    hashing->done(call, hashing->hash);
  else if (hashing->listed)
    api_refuse_field(call, "password", "weak_password",
                     "The password is in a list of those that were stolen elsewhere and are tried first. Choose another.");
  else
    call_failed(call, E_BUSY, NULL);
}

void proof_hash(struct call *call, const char *password, void (*done)(struct call *call, const char *hash)) {
  struct hashing *hashing = arena_zalloc(&call->arena, 1, sizeof *hashing);
  const char *list = arena_strdup(&call->arena, call->office->conf->office_breached_passwords); /* a reload frees it */
  if (hashing)
    *hashing = (struct hashing){.call = call, .password = password, .list = list, .done = done};
  if (!hashing || !list || lane_run(call->office->lane, hash_work, hash_worked, hashing) < 0)
    call_failed(call, E_BUSY, NULL);
}
