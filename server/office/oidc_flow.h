/*
 * One person on their way to the identity provider and back: what the browser keeps meanwhile, sealed, in a cookie.
 */
#ifndef SG_OFFICE_OIDC_FLOW_H
#define SG_OFFICE_OIDC_FLOW_H

#include "base/base64.h"
#include "base/buf.h"
#include "base/seal.h"
#include "office/oidc_client.h"
#include "office/oidc_discovery.h"
#include "office/token.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum { OIDC_HOST_BYTES = 268 /* a name of 253, ':', a port; the struct has no gap */ };

struct oidc_flow {
  int64_t begun_s;
  char state[TOKEN_TEXT];     /* comes back with the browser */
  char nonce[TOKEN_TEXT];     /* comes back in the ID token */
  char verifier[TOKEN_TEXT];  /* of PKCE (RFC 7636): goes to the provider with the code */
  char session[TOKEN_TEXT];   /* proving anew who is signed in: the session's token; "": signing in */
  char over[TOKEN_TEXT];      /* signing in: the token of a session that the browser still has, and that ends then; or "" */
  char host[OIDC_HOST_BYTES]; /* by which the browser knows us */
};

enum { OIDC_FLOW_TEXT = BASE64URL_CHARS(sizeof(struct oidc_flow) + SEAL_EXTRA_BYTES) + 1 };

/* The key for these cookies, made of the office's: anybody may have any number of them sealed, and what that does to a key
 * must not be done to the one under which second factors are kept. */
void oidc_flow_key(const struct seal *office, struct seal *ret);

int oidc_flow_begin(const char *host, const char *session, int64_t now_s, struct oidc_flow *ret) MUSTCHECK;   /* E_TLS, E_LIMIT */
int oidc_flow_seal(const struct seal *key, const struct oidc_flow *flow, char ret[OIDC_FLOW_TEXT]) MUSTCHECK; /* E_TLS */
/* False for what was not sealed here, or is older than OIDC_FLOW_S. */
bool oidc_flow_open(const struct seal *key, const char *text, int64_t now_s, struct oidc_flow *ret) MUSTCHECK;

/* redirect_uri=..., where the browser comes back to, and the address that it is sent to. */
void oidc_flow_put_return(struct buf *form, const struct oidc_flow *flow);
void oidc_flow_put_url(struct buf *out, const struct oidc_flow *flow, const struct oidc_client *client,
                       const struct oidc_discovery *discovery);

#endif
