/*
 * What the identity provider says of itself (OpenID Connect Discovery 1.0), and to which addresses this daemon talks at all.
 */
#ifndef SG_OFFICE_OIDC_DISCOVERY_H
#define SG_OFFICE_OIDC_DISCOVERY_H

#include "office/limits.h"
#include "office/oidc_flaw.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct oidc_discovery {
  char authorization[OIDC_URL_BYTES]; /* where the browser is sent */
  char token[OIDC_URL_BYTES];
  char jwks[OIDC_URL_BYTES];
  char userinfo[OIDC_URL_BYTES]; /* "": there is none */
  bool secret_in_body;           /* the secret is sent as a parameter, not by HTTP Basic */
  bool names_itself;             /* answers have "iss" (RFC 9207) */
};

/* An https address of the issuer's own host and port, or of one of `also_at` ("a.example.edu, b.example.edu:8443"; "" for none):
 * no user, no fragment. */
bool oidc_url_allowed(const char *url, const char *issuer, const char *also_at) MUSTCHECK;

/* A sentence about what is wrong with the issuer of the settings, or NULL. */
const char *oidc_issuer_objection(const char *issuer);
/* Where its document is. False: too long. */
bool oidc_discovery_url(const char *issuer, char ret[OIDC_URL_BYTES]) MUSTCHECK;

enum oidc_flaw oidc_discovery_read(const char *text, size_t len, const char *issuer, const char *also_at,
                                   struct oidc_discovery *ret) MUSTCHECK;

#endif
