/*
 * Messages out and in.
 *
 * The server is trusted to be the school's, not to be free of faults, and between enrolments it may be replaced by a newer
 * one. So its answers get the treatment the server gives to ours: a frame cap, the scan of the raw bytes before protobuf-c
 * sees them (it recurses, cuts texts at a NUL, and turns small frames into much memory), an allocation budget, and then
 * each value is looked at where it is used. Fields we do not know are left alone: they are how the protocol grows.
 */
#include "client/talk.h"

#include "client/error.h"
#include "proto/catalogue.h"
#include "proto/fault.h"
#include "proto/limits.h"
#include "proto/wire.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  FRAME_CAP_LEAST = 4096, /* one result with all its sub-scores needs less than 1 KiB; below this a Welcome makes no sense */
};

int64_t talk_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *talk_alloc(void *arg, size_t size) {
  struct talk *talk = arg;
  if (size > talk->budget)
    return NULL;
  talk->budget -= size;
  return malloc(size);
}

static void talk_release(void *arg, void *bytes) {
  (void)arg;
  free(bytes);
}

static void talk_let_go(struct talk *talk) {
  ProtobufCAllocator allocator = {.alloc = talk_alloc, .free = talk_release, .allocator_data = talk};
  if (talk->held != NULL)
    stepguard__v1__server_message__free_unpacked(talk->held, &allocator);
  talk->held = NULL;
}

int talk_open(struct talk *ret, const struct link_options *options, struct sg_error *ret_error) {
  struct talk talk = {
      .reply_cap = LIMIT_FRAME_UNKNOWN_BYTES, .frame_cap = LIMIT_FRAME_UNKNOWN_BYTES, .results_cap = 1, .window = 1};
  int status = link_open(&talk.link, options, ret_error);
  if (status == SG_OK)
    *ret = talk;
  return status;
}

void talk_close(struct talk *talk) {
  talk_let_go(talk);
  link_close(talk->link);
  talk->link = NULL;
}

int talk_send(struct talk *talk, Stepguard__V1__ClientMessage *message, uint32_t *ret_id, struct sg_error *ret_error) {
  message->request_id = ++talk->last_id;
  size_t len = stepguard__v1__client_message__get_packed_size(message);
  uint8_t *bytes = malloc(len);
  if (bytes == NULL)
    return error_system(ret_error, ENOMEM, "Cannot send");
  (void)stepguard__v1__client_message__pack(message, bytes);
  int status = link_send(talk->link, bytes, len, ret_error);
  free(bytes);
  if (status == SG_OK)
    *ret_id = message->request_id;
  return status;
}

int talk_nonsense(struct sg_error *ret_error, const char *what) {
  return error_set(ret_error, SG_PROTOCOL,
                   "The server's answer makes no sense (%s). Nothing of it was taken; if it stays so, update "
                   "stepguard and tell the school.",
                   what);
}

int talk_receive(struct talk *talk, const Stepguard__V1__ServerMessage **ret, struct sg_error *ret_error) {
  const uint8_t *bytes;
  size_t len;
  talk_let_go(talk);
  int status = link_receive(talk->link, talk->reply_cap, &bytes, &len, ret_error);
  if (status != SG_OK)
    return status;
  if (wire_scan_server(bytes, len) != 0)
    return talk_nonsense(ret_error, "it is not a message");
  talk->budget = LIMIT_UNPACKED_BYTES;
  ProtobufCAllocator allocator = {.alloc = talk_alloc, .free = talk_release, .allocator_data = talk};
  talk->held = stepguard__v1__server_message__unpack(&allocator, len, bytes);
  if (talk->held == NULL)
    return talk_nonsense(ret_error, "it cannot be unpacked");
  *ret = talk->held;
  return SG_OK;
}

int talk_fault(const Stepguard__V1__Fault *fault, struct sg_error *ret_error) {
  error_fault(ret_error, (int)fault->code, fault->retry_after_ms, fault->field, fault->text);
  if (fault->retry >= STEPGUARD__V1__RETRY__RETRY_NEVER && fault->retry <= STEPGUARD__V1__RETRY__RETRY_RECONNECT)
    ret_error->retry = (int)fault->retry;
  ret_error->closing = fault->closing;
  return SG_REFUSED;
}

int talk_ask(struct talk *talk, Stepguard__V1__ClientMessage *message, Stepguard__V1__ServerMessage__BodyCase want,
             const Stepguard__V1__ServerMessage **ret, struct sg_error *ret_error) {
  uint32_t id;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_send(talk, message, &id, ret_error);
  if (status == SG_OK)
    status = talk_receive(talk, &answer, ret_error);
  if (status != SG_OK)
    return status;
  if (answer->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT)
    return talk_fault(answer->fault, ret_error);
  if (answer->request_id != id)
    return talk_nonsense(ret_error, "it answers something that was not asked");
  if (answer->body_case != want)
    return talk_nonsense(ret_error, "it is of the wrong kind");
  *ret = answer;
  return SG_OK;
}

/* The smaller of the two, but at least one: a window of 0 would stop us for ever. */
static uint32_t between_one_and(uint32_t cap, uint32_t value) {
  return value < 1 ? 1 : value < cap ? value : cap;
}

int talk_hello(struct talk *talk, struct talk_welcome *ret, struct sg_error *ret_error) {
  Stepguard__V1__Hello hello = STEPGUARD__V1__HELLO__INIT;
  hello.protocol = PROTO_VERSION;
  hello.client = "stepguard " SG_VERSION;
  hello.client_time_ms = talk_now_ms();
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_HELLO;
  message.hello = &hello;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_WELCOME, &answer, ret_error);
  if (status != SG_OK)
    return status;
  const Stepguard__V1__Welcome *welcome = answer->welcome;
  if (welcome->protocol < 1 || welcome->protocol > PROTO_VERSION)
    return talk_nonsense(ret_error, "it speaks a version that was not offered");
  if (welcome->limits == NULL || welcome->limits->max_frame_bytes < FRAME_CAP_LEAST)
    return talk_nonsense(ret_error, "its limits leave no room for a result");
  if (welcome->id_salt.len != sizeof talk->id_salt)
    return talk_nonsense(ret_error, "it gives no salt for ids");
  memcpy(talk->id_salt, welcome->id_salt.data, sizeof talk->id_salt);
  talk->frame_cap = welcome->limits->max_frame_bytes < LIMIT_FRAME_BYTES ? welcome->limits->max_frame_bytes : LIMIT_FRAME_BYTES;
  talk->results_cap = between_one_and(LIMIT_RESULTS, welcome->limits->max_results);
  talk->window = between_one_and(LIMIT_WINDOW, welcome->limits->window);
  talk->reply_cap = LIMIT_FRAME_BYTES;
  memset(ret, 0, sizeof *ret);
  text_clean(ret->school, sizeof ret->school, welcome->school_name);
  text_clean(ret->zone, sizeof ret->zone, welcome->zone);
  ret->server_time_ms = welcome->server_time_ms;
  ret->renew_now = welcome->renew_now;
  return SG_OK;
}

/* ---------------------------------------------------------------- standing */

static bool is_probability(double value) {
  return isfinite(value) && value >= 0 && value <= 1;
}

static bool numbers_make_sense(const Stepguard__V1__Standing *message) {
  return message->state >= STEPGUARD__V1__STATE__STATE_AT_RISK && message->state <= STEPGUARD__V1__STATE__STATE_CANNOT_SAY &&
         is_probability(message->p_pass) && is_probability(message->p_low) && is_probability(message->p_high) &&
         isfinite(message->readiness_mean) && isfinite(message->readiness_sd) && isfinite(message->exam_day_mean) &&
         isfinite(message->exam_day_sd);
}

bool talk_standing(const Stepguard__V1__Standing *message, struct sg_standing *ret) {
  if (!numbers_make_sense(message))
    return false;
  memset(ret, 0, sizeof *ret);
  ret->state = (enum sg_state)message->state;
  ret->as_of_ms = message->as_of_ms;
  ret->results_used = message->results_used;
  ret->readiness_mean = message->readiness_mean;
  ret->readiness_sd = message->readiness_sd;
  ret->exam_day_mean = message->exam_day_mean;
  ret->exam_day_sd = message->exam_day_sd;
  ret->p_pass = message->p_pass;
  ret->p_low = message->p_low;
  ret->p_high = message->p_high;
  ret->exam_day = message->exam_day_given_case != STEPGUARD__V1__STANDING__EXAM_DAY_GIVEN__NOT_SET ? message->exam_day : SG_NO_DAY;
  text_clean(ret->parameters, sizeof ret->parameters, message->parameters);
  for (size_t i = 0; i < message->n_reasons && ret->reasons_n < SG_REASONS_MAX; i++) {
    if (!isfinite(message->reasons[i]->points))
      return false;
    struct sg_reason *reason = &ret->reasons[ret->reasons_n++];
    text_clean(reason->code, sizeof reason->code, message->reasons[i]->code);
    text_clean(reason->text, sizeof reason->text, message->reasons[i]->text);
    reason->points = message->reasons[i]->points;
  }
  for (size_t i = 0; i < message->n_flags && ret->flags_n < SG_FLAGS_MAX; i++) {
    struct sg_flag *flag = &ret->flags[ret->flags_n++];
    text_clean(flag->code, sizeof flag->code, message->flags[i]->code);
    text_clean(flag->text, sizeof flag->text, message->flags[i]->text);
    flag->version = message->flags[i]->version;
  }
  for (size_t i = 0; i < message->n_weak_areas && ret->weak_n < SG_WEAK_MAX; i++) {
    const Stepguard__V1__WeakArea *weak = message->weak_areas[i];
    const struct area *area = catalogue_area_number(weak->area);
    if (area == NULL) /* of a newer outline */
      continue;
    if (!is_probability(weak->p_below) || weak->items == 0 || weak->correct > weak->items)
      return false;
    ret->weak[ret->weak_n++] = (struct sg_weak){area, weak->items, weak->correct, weak->p_below};
  }
  return true;
}

/* ---------------------------------------------------------------- disclosures */

bool talk_disclosure(const Stepguard__V1__Disclosure *message, struct sg_disclosure *ret) {
  if (message->recipient[0] == '\0' || message->what[0] == '\0')
    return false;
  ret->day = message->on_day;
  ret->refused = message->refused;
  text_clean(ret->recipient, sizeof ret->recipient, message->recipient);
  text_clean(ret->what, sizeof ret->what, message->what);
  text_clean(ret->interest, sizeof ret->interest, message->interest);
  text_clean(ret->ground, sizeof ret->ground, message->ground);
  text_clean(ret->ground_text, sizeof ret->ground_text, message->ground_text);
  text_clean(ret->threat, sizeof ret->threat, message->threat);
  text_clean(ret->onward, sizeof ret->onward, message->onward);
  return true;
}

/* ---------------------------------------------------------------- messages and devices */

/* Line by line, since everything else that does not print becomes a blank. */
static void lines_clean(char *out, size_t cap, const char *text) {
  char line[LIMIT_MESSAGE_CHARS + 1];
  size_t used = 0;
  for (const char *end = text;; text = end + 1) {
    end = text + strcspn(text, "\n");
    size_t len = (size_t)(end - text) < sizeof line ? (size_t)(end - text) : sizeof line - 1;
    memcpy(line, text, len);
    line[len] = '\0';
    text_clean(out + used, cap - used, line);
    used += strlen(out + used);
    if (*end == '\0' || used + 1 >= cap)
      return;
    out[used++] = '\n';
    out[used] = '\0';
  }
}

void talk_message(const Stepguard__V1__OfficeMessage *message, struct sg_message *ret) {
  ret->id = message->message_id;
  ret->written_ms = message->written_at_ms;
  ret->changed_ms = message->changed_at_ms;
  ret->is_new = false;
  text_clean(ret->writer, sizeof ret->writer, message->writer);
  lines_clean(ret->text, sizeof ret->text, message->text);
}

#define TIME(member, MEMBER) (message->member##_given_case != 0 ? message->MEMBER : 0)

void talk_device(const Stepguard__V1__Device *message, struct sg_device *ret) {
  *ret = (struct sg_device){.id = message->device_id,
                            .here = message->here,
                            .state = (enum sg_device_state)message->state,
                            .enrolled_ms = message->enrolled_at_ms,
                            .last_seen_ms = TIME(last_seen, last_seen_ms),
                            .until_ms = TIME(not_after, not_after_ms),
                            .revoked_ms = TIME(revoked, revoked_at_ms)};
  text_clean(ret->name, sizeof ret->name, message->name);
}
