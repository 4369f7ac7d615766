/*
 * One request to the identity provider. It blocks: for the lane only.
 */
#ifndef SG_OFFICE_OIDC_FETCH_H
#define SG_OFFICE_OIDC_FETCH_H

#include "base/buf.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OIDC_WHY = 160 };

struct oidc_fetcher;

/* Before the first thread, and after the last. E_SYSTEM. */
int oidc_fetch_prepare(void) MUSTCHECK;
void oidc_fetch_end(void);

/* For several requests by one thread, which share their connection. `ca_file` "": what the system trusts. All of them together
 * end by `deadline_ms` of the monotonic clock. NULL when out of memory. */
struct oidc_fetcher *oidc_fetcher_new(const char *ca_file, int64_t deadline_ms) MUSTCHECK;
void oidc_fetcher_free(struct oidc_fetcher *fetcher);

struct oidc_ask {
  const char *url;             /* one that oidc_url_allowed() let pass */
  const char *form;            /* sent by POST; NULL: GET */
  const char *user, *password; /* HTTP Basic; NULL: none */
  const char *bearer;          /* NULL: none */
};

/* 0, the status and the body, which `ret_body` (initialised, its cap the most that is taken) gets; E_AWAY, E_LIMIT, E_NOMEM
 * with a sentence that has no secret in it. */
int oidc_fetch(struct oidc_fetcher *fetcher, const struct oidc_ask *ask, long *ret_status, struct buf *ret_body,
               char why[OIDC_WHY]) MUSTCHECK;

/* Adds "name=value" to a form, with '&' before it where it is not the first. */
void oidc_form_put(struct buf *form, const char *name, const char *value);

#endif
