/*
 * The library's front door: opening a state directory, and the calls that need no network. What is long has its own file:
 * enrol.c, import.c, sync.c.
 *
 * The order of opening is the order of trust: the directory and its lock first, so that nobody else can change what is
 * looked at next; then the outbox, checked. The key is read only by the calls that need it, so that a list of results works
 * with a key file that is refused.
 */
#include "client/client.h"

#include "client/error.h"
#include "client/keys.h"
#include "client/talk.h"
#include "proto/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

int sg_open(struct sg_client **ret, const struct sg_options *options, struct sg_error *ret_error) {
  struct sg_client *client = calloc(1, sizeof *client);
  if (client == NULL)
    return error_system(ret_error, ENOMEM, "Cannot start");
  struct sg_options how = options != NULL ? *options : (struct sg_options){.lock_wait_ms = SG_LOCK_WAIT_MS};
  /* It sets itself up at the first call of anything, tries once, and later takes for granted what could not be had then. */
  if (OPENSSL_init_crypto(0, NULL) != 1 || RAND_get0_public(NULL) == NULL) {
    free(client);
    return error_system(ret_error, ENOMEM, "Cannot start");
  }
  int status = home_open(&client->home, how.dir, how.lock_wait_ms, ret_error);
  if (status != SG_OK) {
    free(client);
    return status;
  }
  client->home.secret->ask = how.passphrase;
  client->home.secret->arg = how.arg;
  status = outbox_open(&client->outbox, &client->home, ret_error);
  if (status != SG_OK) {
    sg_close(client);
    return status;
  }
  *ret = client;
  return SG_OK;
}

void sg_close(struct sg_client *client) {
  if (client == NULL)
    return;
  outbox_close(client->outbox);
  home_close(&client->home);
  free(client);
}

/* Nobody is asked for a passphrase only to be told who they are. */
static int about_keys(struct sg_client *client, struct sg_about *about, struct sg_error *ret_error) {
  struct keys keys = {0};
  about->passphrase = keys_encrypted(&client->home);
  int status = keys_locked(&client->home) ? keys_certificate(&keys.certificate, &client->home, ret_error)
                                          : keys_load(&keys, &client->home, ret_error);
  if (status == SG_OK) {
    about->enrolled = true;
    keys_identity(about->identity, sizeof about->identity, keys.certificate);
    about->certificate_until_ms = keys_until_ms(keys.certificate);
    keys_free(&keys);
  }
  return status;
}

int sg_passphrase(struct sg_client *client, const char *passphrase, struct sg_error *ret_error) {
  if (strlen(passphrase) >= SG_PASSPHRASE_CAP)
    return error_set(ret_error, SG_DATA, "A passphrase has at most %d letters.", SG_PASSPHRASE_CAP - 1);
  return keys_passphrase(&client->home, passphrase, ret_error);
}

int sg_about(struct sg_client *client, struct sg_about *ret, struct sg_error *ret_error) {
  struct sg_about about = {0};
  int64_t port = 0;
  snprintf(about.dir, sizeof about.dir, "%s", client->home.dir);
  int status = about_keys(client, &about, ret_error);
  if (status != SG_OK && status != SG_NOT_ENROLLED)
    return status;
  const struct {
    const char *name;
    char *text;
    size_t cap;
  } texts[] = {{SETTING_SERVER, about.server, sizeof about.server},
               {SETTING_SCHOOL, about.school, sizeof about.school},
               {SETTING_ZONE, about.zone, sizeof about.zone},
               {SETTING_DEVICE, about.device, sizeof about.device}};
  status = outbox_counts(client->outbox, &about.counts, ret_error);
  for (size_t i = 0; status == SG_OK && i < sizeof texts / sizeof texts[0]; i++)
    status = outbox_get(client->outbox, texts[i].name, texts[i].text, texts[i].cap, ret_error);
  if (status == SG_OK)
    status = outbox_get_ms(client->outbox, SETTING_STUDENT_PORT, &port, ret_error);
  if (status == SG_OK)
    status = outbox_get_ms(client->outbox, SETTING_LAST_SYNC, &about.last_sync_ms, ret_error);
  about.student_port = (uint16_t)port;
  if (status == SG_OK)
    *ret = about;
  return status;
}

int sg_zone(struct sg_client *client, char *ret, size_t cap, struct sg_error *ret_error) {
  return outbox_get(client->outbox, SETTING_ZONE, ret, cap, ret_error);
}

int sg_add(struct sg_client *client, const struct result *result, enum sg_added *ret, struct sg_error *ret_error) {
  struct result_fault fault;
  int64_t now_ms = talk_now_ms();
  if (result_check(result, now_ms, NULL, NULL, &fault) != 0) {
    error_set(ret_error, SG_DATA, "%s: %s", fault.field, fault.reason);
    snprintf(ret_error->field, sizeof ret_error->field, "%s", fault.field);
    return SG_DATA;
  }
  return outbox_record(client->outbox, result, now_ms, ret, ret_error);
}

int sg_list(struct sg_client *client, enum sg_filter filter, bool (*each)(void *arg, const struct sg_row *row), void *arg,
            struct sg_error *ret_error) {
  return outbox_list(client->outbox, filter, each, arg, ret_error);
}

/* ---------------------------------------------------------------- changing, taking back */

const char *sg_act_name(enum sg_act_kind kind) {
  static const char *const names[] = {"add", "import", "edit", "retract", "undo"};
  return names[kind];
}

int sg_find(struct sg_client *client, uint32_t number, struct sg_row *ret, struct sg_error *ret_error) {
  bool found = false;
  int status = outbox_numbered(client->outbox, number, ret, &found, ret_error);
  if (status == SG_OK && !found)
    return error_set(ret_error, SG_DATA, "No result here has the number %" PRIu32 ". See: stepguard list", number);
  return status;
}

int sg_undo(struct sg_client *client, struct sg_undo_report *ret, struct sg_error *ret_error) {
  struct sg_undo_report report;
  int status = outbox_begin(client->outbox, ret_error);
  if (status == SG_OK)
    status = outbox_undo(client->outbox, talk_now_ms(), &report, ret_error);
  if (status == SG_OK)
    status = outbox_commit(client->outbox, ret_error);
  outbox_rollback(client->outbox);
  if (status == SG_OK)
    *ret = report;
  return status;
}

/* ---------------------------------------------------------------- exam plan */

static int plan_wrong(struct sg_error *ret_error, const char *field, const char *reason) {
  error_set(ret_error, SG_DATA, "%s: %s", field, reason);
  snprintf(ret_error->field, sizeof ret_error->field, "%s", field);
  return SG_DATA;
}

static int plan_check(const struct sg_plan *plan, struct sg_error *ret_error) {
  bool day = plan->exam_day != SG_NO_DAY, permit = plan->permit_from != SG_NO_DAY && plan->permit_to != SG_NO_DAY;
  if (plan->attempt < 1 || plan->attempt > LIMIT_ATTEMPT)
    return plan_wrong(ret_error, "attempt", "attempts count from 1 to 10; give the one the plan is for");
  if ((plan->action == SG_PLAN_SET || plan->action == SG_PLAN_TAKEN) && !day)
    return plan_wrong(ret_error, "exam_day", "a day is needed, such as 2026-06-15");
  if (plan->action == SG_PLAN_RESULT && plan->outcome != SG_OUTCOME_PASS && plan->outcome != SG_OUTCOME_FAIL)
    return plan_wrong(ret_error, "outcome", "the outcome is pass or fail");
  if (permit && plan->permit_from > plan->permit_to)
    return plan_wrong(ret_error, "permit_to", "the permit ends before it begins; swap the two days");
  if (plan->action == SG_PLAN_TAKEN && plan->exam_day * DAY_MS > talk_now_ms() + (int64_t)LIMIT_CLOCK_AHEAD_S * 1000)
    return plan_wrong(ret_error, "exam_day", "this day is still to come; to plan it use: stepguard exam plan");
  return SG_OK;
}

int sg_plan_change(struct sg_client *client, const struct sg_plan *plan, struct sg_error *ret_error) {
  struct sg_plan change = *plan;
  uint8_t random[10];
  int status = plan_check(plan, ret_error);
  if (status != SG_OK)
    return status;
  if (RAND_bytes(random, sizeof random) != 1)
    return error_set(ret_error, SG_LOCAL, "There is no randomness to make an id from. Check that OpenSSL 3 is whole.");
  change.made_at_ms = talk_now_ms();
  uuid7_make(change.id, change.made_at_ms, random);
  return outbox_plan_record(client->outbox, &change, ret_error);
}

int sg_plan_list(struct sg_client *client, bool (*each)(void *arg, const struct sg_plan *plan), void *arg,
                 struct sg_error *ret_error) {
  return outbox_plan_list(client->outbox, false, each, arg, ret_error);
}

/* ---------------------------------------------------------------- standing */

/* It lay on disk, so it is scanned like something that came over the wire. */
static bool standing_read(const uint8_t *body, size_t len, int64_t received_ms, struct sg_standing *ret) {
  Stepguard__V1__Standing *message = NULL;
  if (len > 0 && wire_scan_as(&stepguard__v1__standing__descriptor, body, len) == 0)
    message = stepguard__v1__standing__unpack(NULL, len, body);
  bool known = message != NULL && talk_standing(message, ret);
  if (known)
    ret->received_ms = received_ms;
  if (message != NULL)
    stepguard__v1__standing__free_unpacked(message, NULL);
  return known;
}

int sg_standing(struct sg_client *client, struct sg_standing *ret, bool *ret_known, struct sg_error *ret_error) {
  size_t len = 0;
  int64_t received_ms = 0;
  uint8_t *body = malloc(OUTBOX_STANDING_CAP);
  if (body == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the standing");
  int status = outbox_standing_get(client->outbox, body, &len, &received_ms, ret_error);
  if (status == SG_OK)
    *ret_known = standing_read(body, len, received_ms, ret);
  free(body);
  return status;
}

struct standings {
  void (*each)(void *arg, const struct sg_standing *standing);
  void *arg;
  struct sg_standing one;
};

static void standing_pass(void *arg, const uint8_t *body, size_t len, int64_t received_ms) {
  struct standings *standings = arg;
  if (standing_read(body, len, received_ms, &standings->one))
    standings->each(standings->arg, &standings->one);
}

int sg_standings(struct sg_client *client, void (*each)(void *arg, const struct sg_standing *standing), void *arg,
                 struct sg_error *ret_error) {
  struct standings *standings = malloc(sizeof *standings); /* forty kilobytes: not for the stack */
  if (standings == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the standing");
  *standings = (struct standings){.each = each, .arg = arg};
  int status = outbox_standing_past(client->outbox, standing_pass, standings, ret_error);
  free(standings);
  return status;
}
