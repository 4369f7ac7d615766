/*
 * What can be wrong with an answer of the school's identity provider: a word for the log, one row each. Who signs in is told
 * one sentence for all of them (oidc_outcome.h); the words are for whoever runs the server.
 */
#ifndef SG_OFFICE_OIDC_FLAW_H
#define SG_OFFICE_OIDC_FLAW_H

/* clang-format off */
#define OIDC_FLAW_TABLE(X) \
  X(NONE,      "none",      "nothing") \
  X(MEMORY,    "memory",    "no memory to look at it") \
  X(FORM,      "form",      "not a signed token, a set of keys or a document of the form that was asked for") \
  /* the document of discovery */ \
  X(ISSUER,    "issuer",    "the document is another issuer's") \
  X(ENDPOINT,  "endpoint",  "an endpoint is missing, not https, or at a host that is not named in the settings") \
  X(FEATURE,   "feature",   "the provider does not do what is needed: code, S256, and one of our algorithms") \
  /* the token's head, and its signature */ \
  X(ALG,       "alg",       "an algorithm that is not allowed; none and HS* above all") \
  X(CRIT,      "crit",      "the head asks to be read in a way that we do not know") \
  X(TYP,       "typ",       "a token, but of another kind") \
  X(KEY,       "key",       "none of the provider's keys is the one that it names") \
  X(SIGNATURE, "signature", "not signed by the key that it names") \
  /* its claims */ \
  X(ISS,       "iss",       "issued by somebody else") \
  X(SUB,       "sub",       "about nobody, or not about who the rest is about") \
  X(AUD,       "aud",       "issued for another program") \
  X(AZP,       "azp",       "handed to another program") \
  X(EXP,       "exp",       "past its end, or without one") \
  X(IAT,       "iat",       "not issued just now") \
  X(NBF,       "nbf",       "not valid yet") \
  X(NONCE,     "nonce",     "not the answer to what this browser asked") \
  X(AT_HASH,   "at_hash",   "another access token belongs to it") \
  X(AUTH_TIME, "auth_time", "the person was not asked anew")
/* clang-format on */

enum oidc_flaw {
#define X(name, word, meaning) OIDC_FLAW_##name,
  OIDC_FLAW_TABLE(X)
#undef X
};

const char *oidc_flaw_word(enum oidc_flaw flaw);

#endif
