/*
 * What a sign-in asks of the identity provider. It blocks, and runs on the lane: between oidc_work()'s beginning and its end
 * the job is the thread's.
 */
#ifndef SG_OFFICE_OIDC_WORK_H
#define SG_OFFICE_OIDC_WORK_H

#include "office/oidc_client.h"
#include "office/oidc_discovery.h"
#include "office/oidc_fetch.h"
#include "office/oidc_flaw.h"
#include "office/oidc_flow.h"
#include "office/oidc_key.h"
#include "office/oidc_token.h"

#include <stdatomic.h>

/* How it went, and what the person is told: name, status, code, sentence, remedy. */
/* clang-format off */
#define OIDC_OUTCOME_TABLE(X) \
  X(DONE, 200, "done", "", "") \
  X(UNDONE, 503, "unavailable", "This server is about to restart.", "Try again in a minute.") \
  X(BUSY, 503, "busy", "Too many people are signing in at the moment.", "Try again in a minute.") \
  X(AWAY, 503, "provider_away", "Your school's sign-in service does not answer at the moment.", \
    "Try again in a minute; if you have a password here, you can sign in with that.") \
  X(UNUSABLE, 502, "provider_unusable", "Your school's sign-in service answered in a way that this server cannot use.", \
    "Tell your administrator the number below; if you have a password here, you can sign in with that.") \
  X(CLIENT, 502, "provider_refuses_us", "Your school's sign-in service does not know this server, or not its secret.", \
    "Tell your administrator the number below; if you have a password here, you can sign in with that.") \
  X(TOKEN, 502, "answer_untrusted", "The answer of your school's sign-in service does not prove who you are.", \
    "Sign in again. If it happens again, tell your administrator the number below.") \
  X(NOT_ANEW, 403, "not_asked_anew", "Your school's sign-in service did not ask you again who you are.", \
    "Try again, and enter your password there.") \
  X(CODE, 400, "code_spent", "This sign-in has been used already, or it took too long.", "Sign in again.") \
  X(STRANGE, 400, "not_begun_here", "This sign-in was not begun in this browser, or too long ago.", "Sign in again.") \
  X(CANCELLED, 403, "sign_in_cancelled", "You did not sign in at your school's sign-in service.", "Go back, and sign in when you like.") \
  X(REFUSED, 502, "provider_refused", "Your school's sign-in service did not let you sign in.", \
    "Sign in again. If it happens again, tell your administrator the number below.") \
  X(OFF, 404, "not_found", "There is no sign-in service of your school set up here.", "Sign in with your password.")
/* clang-format on */

enum oidc_outcome {
#define X(name, status, code, detail, remedy) OIDC_##name,
  OIDC_OUTCOME_TABLE(X)
#undef X
};

/* The provider as it was when it was asked: never changed, shared by jobs. */
struct oidc_provider {
  unsigned refs;      /* counted on the loop only */
  int64_t fetched_ms; /* of the monotonic clock */
  struct oidc_discovery discovery;
  struct oidc_keys keys;
};
struct oidc_provider *oidc_provider_ref(struct oidc_provider *provider);
void oidc_provider_unref(struct oidc_provider *provider);

struct oidc_job {
  /* given */
  struct oidc_client *client;
  struct oidc_provider *provider; /* NULL: to be fetched */
  atomic_llong *refetched_ms;     /* when keys were last fetched for one that was not known */
  int64_t deadline_ms;
  const struct oidc_flow *flow;
  const char *code; /* NULL: the provider itself is all that is wanted */
  /* found */
  struct oidc_provider *fresh; /* newer than `provider`; NULL: none was fetched */
  enum oidc_outcome outcome;
  enum oidc_flaw flaw;
  char note[OIDC_WHY]; /* for the log: no secret, no code, nobody's name */
  struct oidc_person person;
};

void oidc_work(struct oidc_job *job);

#endif
