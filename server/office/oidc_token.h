/*
 * ID tokens (OpenID Connect Core, 2 and 3.1.3.7): whether the provider signed these claims, and whether they answer what we
 * asked.
 */
#ifndef SG_OFFICE_OIDC_TOKEN_H
#define SG_OFFICE_OIDC_TOKEN_H

#include "office/limits.h"
#include "office/oidc_flaw.h"
#include "office/oidc_key.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The claims of a signed token (JWS, compact); they are the caller's. OIDC_FLAW_KEY: none of `keys` is meant; newer keys may
 * have it. On a flaw *ret is left alone. */
enum oidc_flaw oidc_token_open(const char *token, const struct oidc_keys *keys, json_t **ret) MUSTCHECK;

/* What the claims must say. */
struct oidc_wanted {
  const char *issuer, *client_id, *nonce;
  const char *access_token; /* that came along; NULL: none did */
  int64_t now_s;
  int64_t asked_anew_s; /* the person must have proved who they are after this; 0: whenever */
};

/* Who it is about. */
struct oidc_person {
  char subject[OIDC_SUBJECT_BYTES];
  char email[OIDC_EMAIL_BYTES]; /* "" unless the provider says that it is verified */
  char acr[OIDC_ACR_BYTES];     /* how they proved it, in the provider's words; "" where it does not say */
  char amr[OIDC_ACR_BYTES];     /* by which means: "pwd mfa" */
  int64_t auth_time_s;          /* when; 0 where it does not say */
};

enum oidc_flaw oidc_token_check(const json_t *claims, const struct oidc_wanted *wanted, struct oidc_person *ret) MUSTCHECK;

/* Takes the address, where it is verified, from claims or an answer of the userinfo endpoint. */
void oidc_token_email(const json_t *claims, struct oidc_person *ret);

#endif
