/*
 * Signing in by the school's identity provider (OpenID Connect, code flow with PKCE). What the port keeps of it: the settings,
 * what the provider said of itself, and threads to ask it.
 */
#ifndef SG_OFFICE_OIDC_H
#define SG_OFFICE_OIDC_H

#include "base/log.h"
#include "base/seal.h"
#include "loop/loop.h"
#include "office/oidc_work.h"
#include "office/problem.h"

#include <stddef.h>

struct oidc;

enum { OIDC_REASON = 400 };

/* Also where nothing is set: then oidc_client() is NULL. E_CONFIG with a sentence, E_NOMEM, E_SYSTEM. */
int oidc_new(struct loop *loop, struct conf *conf, const struct seal *office, struct oidc **ret, char *reason,
             size_t cap) MUSTCHECK;
void oidc_free(struct oidc *oidc); /* calls the `done` of jobs that are still out */
/* Takes other settings, or leaves all as it was and says why. */
int oidc_reload(struct oidc *oidc, struct conf *conf, const struct seal *office, char *reason, size_t cap) MUSTCHECK;

const struct oidc_client *oidc_client(const struct oidc *oidc); /* NULL: not set up */
/* What it said of itself, at most OIDC_FRESH_S ago; NULL: it has to be asked. */
const struct oidc_discovery *oidc_known(const struct oidc *oidc);
const struct seal *oidc_seal(const struct oidc *oidc); /* for flows */

/* Runs job (its `code` and `flow` are given, everything else is filled in here) and calls done(arg) on the loop; what went
 * wrong is in the log then. What the task points to must live until then. E_BUSY, E_NOMEM; E_INVALID: not set up. */
struct oidc_task {
  struct oidc_job job;
  const struct log_context *log; /* of the request: the person is told its number */
  void (*done)(void *arg);
  void *arg;
  struct oidc *oidc; /* private */
};
int oidc_run(struct oidc *oidc, struct oidc_task *task) MUSTCHECK;

struct problem oidc_problem(enum oidc_outcome outcome);

#endif
