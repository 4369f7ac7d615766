/*
 * This school's settings for its identity provider, with the secret read: what stays the same while jobs run, whatever a
 * reload brings.
 */
#ifndef SG_OFFICE_OIDC_CLIENT_H
#define SG_OFFICE_OIDC_CLIENT_H

#include "base/conf.h"
#include "office/limits.h"
#include "proto/attr.h"

#include <stddef.h>

struct oidc_client {
  unsigned refs;     /* counted on the loop only */
  struct conf *conf; /* its [oidc] */
  char secret[OIDC_SECRET_BYTES];
};

/* 0, and *ret NULL where none of it is set. E_CONFIG with a sentence, E_NOMEM. */
int oidc_client_new(struct conf *conf, struct oidc_client **ret, char *reason, size_t cap) MUSTCHECK;
struct oidc_client *oidc_client_ref(struct oidc_client *client);
void oidc_client_unref(struct oidc_client *client);

#endif
