/*
 * The loop's side of asking the identity provider.
 *
 * Jobs take with them what they need by reference: the settings of the moment, and the provider as it was last fetched. What
 * they bring back that is newer takes its place, unless the settings were changed meanwhile. So threads share nothing that
 * changes but one number, and there is no lock.
 *
 * The lane is not the one on which passwords are checked. A provider that hangs holds both its threads for OIDC_DEADLINE_MS,
 * again and again; whoever has a password must not stand in that queue.
 *
 * Nothing is asked before somebody wants to sign in, and what was learnt is kept for OIDC_FRESH_S: a provider that takes back
 * a key is believed within that time.
 */
#include "office/oidc.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "loop/lane.h"

#include <stdlib.h>

enum { SECOND_MS = 1000 };

static const long long never_ms = -(long long)OIDC_REFETCH_S * SECOND_MS;

struct oidc {
  struct lane *lane;
  struct oidc_client *client;     /* NULL: not set up */
  struct oidc_provider *provider; /* NULL: not asked yet */
  atomic_llong refetched_ms;
  struct seal seal;
};

static const struct {
  int status;
  const char *code, *detail, *remedy;
} outcomes[] = {
#define X(name, status, code, detail, remedy) [OIDC_##name] = {status, code, detail, remedy},
    OIDC_OUTCOME_TABLE(X)
#undef X
};

struct problem oidc_problem(enum oidc_outcome outcome) {
  return (struct problem){.status = outcomes[outcome].status,
                          .code = outcomes[outcome].code,
                          .detail = outcomes[outcome].detail,
                          .remedy = outcomes[outcome].remedy,
                          .retry_after_s = outcomes[outcome].status == 503 ? OFFICE_RETRY_S : 0};
}

/* ---------------------------------------------------------------- life */

int oidc_new(struct loop *loop, struct conf *conf, const struct seal *office, struct oidc **ret, char *reason, size_t cap) {
  struct oidc *oidc = calloc(1, sizeof *oidc);
  if (!oidc)
    return E_NOMEM;
  atomic_init(&oidc->refetched_ms, never_ms);
  oidc_flow_key(office, &oidc->seal);
  int err = oidc_fetch_prepare();
  if (err) {
    free(oidc);
    return err;
  }
  err = oidc_client_new(conf, &oidc->client, reason, cap);
  oidc->lane = err ? NULL : lane_new(loop, OIDC_THREADS, OIDC_WAITING);
  if (err == E_OK && !oidc->lane)
    err = E_NOMEM;
  if (err)
    oidc_free(oidc);
  else
    *ret = oidc;
  return err;
}

void oidc_free(struct oidc *oidc) {
  if (!oidc)
    return;
  if (oidc->lane)
    lane_free(oidc->lane);
  oidc_provider_unref(oidc->provider);
  oidc_client_unref(oidc->client);
  seal_forget(&oidc->seal);
  free(oidc);
  oidc_fetch_end();
}

int oidc_reload(struct oidc *oidc, struct conf *conf, const struct seal *office, char *reason, size_t cap) {
  struct oidc_client *client;
  oidc_flow_key(office, &oidc->seal);
  const int err = oidc_client_new(conf, &client, reason, cap);
  if (err)
    return err;
  oidc_client_unref(oidc->client);
  oidc_provider_unref(oidc->provider);
  oidc->client = client;
  oidc->provider = NULL;
  atomic_store(&oidc->refetched_ms, never_ms);
  return E_OK;
}

/* ---------------------------------------------------------------- what is known */

const struct oidc_client *oidc_client(const struct oidc *oidc) {
  return oidc->client;
}

static bool is_fresh(const struct oidc *oidc) {
  return oidc->provider && clock_mono_ms() - oidc->provider->fetched_ms < (int64_t)OIDC_FRESH_S * SECOND_MS;
}

const struct oidc_discovery *oidc_known(const struct oidc *oidc) {
  return is_fresh(oidc) ? &oidc->provider->discovery : NULL;
}

const struct seal *oidc_seal(const struct oidc *oidc) {
  return &oidc->seal;
}

/* ---------------------------------------------------------------- asking */

static void task_log(const struct oidc_task *task) {
  const struct oidc_job *job = &task->job;
  const enum log_level level = job->outcome == OIDC_CODE || job->outcome == OIDC_NOT_ANEW ? LOG_INFO : LOG_WARN;
  if (job->outcome != OIDC_DONE)
    log_event(level, task->log, "oidc_refused", "outcome=%s flaw=%s note=%s", outcomes[job->outcome].code,
              oidc_flaw_word(job->flaw), log_value(job->note));
}

static void task_work(void *arg) {
  struct oidc_task *task = arg;
  oidc_work(&task->job);
}

static void task_done(void *arg) {
  struct oidc_task *task = arg;
  struct oidc *oidc = task->oidc;
  struct oidc_job *job = &task->job;
  if (job->fresh && job->client == oidc->client) {
    oidc_provider_unref(oidc->provider);
    oidc->provider = oidc_provider_ref(job->fresh);
  }
  oidc_provider_unref(job->fresh);
  oidc_provider_unref(job->provider);
  oidc_client_unref(job->client);
  task_log(task);
  task->done(task->arg);
}

int oidc_run(struct oidc *oidc, struct oidc_task *task) {
  struct oidc_job *job = &task->job;
  if (!oidc->client)
    return E_INVALID;
  task->oidc = oidc;
  job->refetched_ms = &oidc->refetched_ms;
  job->deadline_ms = clock_mono_ms() + OIDC_DEADLINE_MS;
  job->outcome = OIDC_UNDONE;
  job->client = oidc_client_ref(oidc->client);
  job->provider = is_fresh(oidc) ? oidc_provider_ref(oidc->provider) : NULL;
  const int err = lane_run(oidc->lane, task_work, task_done, task);
  if (err) {
    oidc_provider_unref(job->provider);
    oidc_client_unref(job->client);
  }
  return err;
}
