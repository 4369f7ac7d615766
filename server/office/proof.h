/*
 * Judging what somebody brings to prove who they are: a password, and a code of an authenticator or a recovery code.
 *
 *   proof_judge(call, known, done) ── on the lane ──> done(proof): what held, for the database to decide upon
 */
#ifndef SG_OFFICE_PROOF_H
#define SG_OFFICE_PROOF_H

#include "office/call.h"
#include "office/password.h"

struct proof {
  struct call *call;
  bool judged; /* false: the port is closing, and nothing below was looked at */
  bool password_ok;
  bool has_factor;                     /* the account has a second factor */
  int64_t totp_step;                   /* of a code that is right and was not used; 0 for none */
  char recovery_hash[TOKEN_HASH_HEX];  /* of what has the form of a recovery code; whether it is one, the database knows */
  char fresh_hash[PASSWORD_HASH_TEXT]; /* the same password with the costs of today; "" where that is not needed */
  int64_t revision;                    /* of the account, as it was read */
  /* private */
  const char *password, *hash;
  void (*done)(struct proof *proof);
};

/* `known` is core.proof_json() of the account, or of nobody: then it takes as long and nothing holds. The password and the code
 * are the members of the request's body. Answers the call by itself where it cannot be judged at the moment. */
void proof_judge(struct call *call, const json_t *known, void (*done)(struct proof *proof));

/* {"revision", "password_ok", "totp_step"?, "recovery_hash"?}; NULL when out of memory. */
json_t *proof_members(const struct proof *proof) MUSTCHECK;
/* Adds "token_hash" and "csrf_hash" of call->fresh, which is made here. E_TLS, E_NOMEM. */
int proof_add_token(struct call *call, json_t *members) MUSTCHECK;

/* What a sealed secret of a second factor is bound to. NULL when out of memory. */
const char *proof_seal_name(struct call *call, int64_t staff_id) MUSTCHECK;
/* Opens a secret that the database gave as hexadecimal digits. */
bool proof_open(struct call *call, int64_t staff_id, const char *sealed_hex, uint8_t ret[]) MUSTCHECK;

/* Hashes a new password on the lane, unless it is in the school's list of stolen ones. done(call, hash); or answers the call. */
void proof_hash(struct call *call, const char *password, void (*done)(struct call *call, const char *hash));

#endif
