/*
 * The port's life: what it is made of, in which order it comes and goes.
 *
 * It has two pools of connections to the database. What a GET asks runs where every transaction is READ ONLY, so that a
 * mistake in a reading function cannot change anything; what writes, and the trail, run on the other. Both have the same
 * role, which may call the functions that take an api.caller and nothing else.
 *
 * At the end the lanes go first (their work may still ask the database), then the pools (their answers may still answer
 * requests), then worker and streams, then http.
 */
#include "office/port.h"

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "office/asset.h"
#include "office/front.h"
#include "office/jobs.h"
#include "office/live.h"
#include "office/oidc.h"
#include "office/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL_JOB     "sg_job"
#define OFFICE_CHANNELS "sg_changed sg_session " CHANNEL_JOB

static const char api_prefix[] = "/api/v1";

static void office_requested(void *arg, struct http_request *req) {
  struct office *office = arg;
  const char *path = http_path(req);
  if (asset_serve(office, req, path))
    return;
  const bool is_api = strncmp(path, api_prefix, sizeof api_prefix - 1) == 0 && path[sizeof api_prefix - 1] == '/';
  front_take(office, req, is_api ? path + sizeof api_prefix - 1 : "");
}

static void office_heard(void *arg, const char *channel, const char *payload) {
  const struct office *office = arg;
  if (office->jobs && (channel == NULL || strcmp(channel, CHANNEL_JOB) == 0))
    jobs_heard(office->jobs);
  if (office->live && (channel == NULL || strcmp(channel, CHANNEL_JOB) != 0))
    live_heard(office->live, channel, payload);
}

/* ---------------------------------------------------------------- opening */

static int pools_open(struct office *office) {
  struct pool_options options = {.url = office->conf->database_url,
                                 .role = ROLE_OFFICE,
                                 .read_only = true,
                                 .connections = office->conf->database_connections,
                                 .deadline_ms = office->conf->database_deadline_ms};
  int err = pool_new(office->loop, &options, &office->read_pool);
  if (err)
    return err;
  options.read_only = false;
  options.channels = OFFICE_CHANNELS;
  options.heard = office_heard;
  options.arg = office;
  return pool_new(office->loop, &options, &office->write_pool);
}

static int parts_make(struct office *office, char *reason, size_t cap) {
  char why[SEAL_REASON];
  int err = seal_load(&office->seal, office->conf->office_secrets_key, why);
  if (err) {
    snprintf(reason, cap, "%s", why);
    return err;
  }
  if (rate_init(&office->callers) < 0 || rate_init(&office->strangers) < 0 || rate_init(&office->guesses) < 0 ||
      rate_init(&office->proven) < 0)
    return E_TLS;
  office->lane = lane_new(office->loop, LIMIT_LANE_THREADS, OFFICE_LANE_WAITING);
  office->paper_lane = lane_new(office->loop, 1, OFFICE_PAPERS);
  office->live = live_new(office);
  office->model = model_new();
  office->jobs = jobs_new(office);
  office->sweep = sweep_new(office);
  err = oidc_new(office->loop, office->conf, &office->seal, &office->oidc, reason, cap);
  if (err)
    return err;
  return office->lane && office->paper_lane && office->live && office->jobs && office->sweep && office->model ? pools_open(office)
                                                                                                              : E_NOMEM;
}

static bool office_admits_file(void *arg, const struct gate_head *head, unsigned files) {
  const size_t len = sizeof api_prefix - 1;
  return strncmp(head->path, api_prefix, len) == 0 && front_admits_file(arg, head, head->path + len, files);
}

static struct http_options options_of(struct office *office, bool reuse_port) {
  const struct conf *conf = office->conf;
  return (struct http_options){.name = "office",
                               .address = conf->office_listen,
                               .reuse_port = reuse_port,
                               .hosts = conf->office_hosts,
                               .max_connections = conf->office_max_connections,
                               .max_per_address = conf->office_max_per_address,
                               .handshakes_s = conf->max_handshakes_s,
                               .handshake_deadline_s = conf->handshake_deadline_s,
                               .head_deadline_s = conf->hello_deadline_s,
                               .body_deadline_s = conf->frame_deadline_s,
                               .idle_s = conf->office_idle_s,
                               .head_cap = OFFICE_HEAD_BYTES,
                               .body_cap = OFFICE_BODY_BYTES,
                               .file_cap = OFFICE_FILE_BYTES,
                               .file_admits = office_admits_file,
                               .request = office_requested,
                               .arg = office};
}

int office_open(const struct office_options *options, struct office **ret, char *reason, size_t cap) {
  struct office *office = calloc(1, sizeof *office);
  if (!office)
    return E_NOMEM;
  office->loop = options->loop;
  office->conf = conf_ref(options->conf);
  int err = parts_make(office, reason, cap);
  if (err == E_OK) {
    const struct http_options http = options_of(office, options->reuse_port);
    err = http_open(office->loop, &http, options->tls, &office->http, reason, cap);
  }
  if (err) {
    office_free(office);
    return err;
  }
  *ret = office;
  return E_OK;
}

void office_free(struct office *office) {
  if (!office)
    return;
  if (office->jobs)
    jobs_stop(office->jobs);
  if (office->sweep)
    sweep_stop(office->sweep);
  lane_free(office->lane);
  lane_free(office->paper_lane);
  oidc_free(office->oidc);
  pool_free(office->read_pool);
  pool_free(office->write_pool);
  jobs_free(office->jobs);
  sweep_free(office->sweep);
  live_free(office->live);
  model_free(office->model);
  if (office->http)
    http_free(office->http);
  seal_forget(&office->seal);
  conf_unref(office->conf);
  free(office);
}

/* ---------------------------------------------------------------- while it runs */

void office_reload(struct office *office, struct conf *conf, struct tls *tls) {
  conf_ref(conf);
  conf_unref(office->conf);
  office->conf = conf;
  http_set_tls(office->http, tls);
  const struct http_options http = options_of(office, false);
  const int err = http_set_limits(office->http, &http);
  if (err)
    log_event(LOG_ERROR, NULL, "office_limits", "err=%s", err_name(err));
  char reason[OIDC_REASON] = "", why[SEAL_REASON];
  if (seal_load(&office->seal, conf->office_secrets_key, why) < 0)
    log_event(LOG_ERROR, NULL, "secrets_key", "the old ones stay, reason=%s", log_value(why));
  if (oidc_reload(office->oidc, conf, &office->seal, reason, sizeof reason) < 0)
    log_event(LOG_ERROR, NULL, "oidc_settings", "the old ones stay, reason=%s", log_value(reason));
}

void office_stop(struct office *office) {
  http_stop(office->http);
  jobs_stop(office->jobs);
  sweep_stop(office->sweep);
}

bool office_busy(const struct office *office) {
  return http_busy(office->http);
}

unsigned office_port(const struct office *office) {
  return http_port(office->http);
}
