/*
 * One's own devices: which there are, and signing off one that was lost. Both are answered with the list, so a client shows what is
 * true after the deed and not what it meant to do; a device that was signed off already is not a fault, and the same request may be
 * sent again.
 *
 * The deed is what the office does (core.devices_revoke): the device's open connections close, on every worker. The device that
 * asks cannot sign off itself: it would cut itself off before it had the answer, and whoever holds a stolen laptop gains nothing by
 * it. A number that is no other device of this student gets one and the same sentence, whoever's it is.
 */
#include "base/err.h"
#include "proto/limits.h"
#include "student/dispatch.h"
#include "student/session.h"

#include <string.h>

/* Columns of STMT_DEVICES_OF. */
enum {
  DEVICE_VERDICT,
  DEVICE_KNOWN,
  DEVICE_ID,
  DEVICE_NAME,
  DEVICE_HERE,
  DEVICE_STATE,
  DEVICE_ENROLLED_AT,
  DEVICE_LAST_SEEN_AT,
  DEVICE_NOT_AFTER,
  DEVICE_REVOKED_AT
};
enum { ARGS_SMALL = 256 };

static Stepguard__V1__DeviceState devices_state(const char *name) {
  static const char *const names[] = {"in_force", "revoked", "expired", "unfinished"}; /* core.device_state */
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(name, names[i]) == 0)
      return (Stepguard__V1__DeviceState)(STEPGUARD__V1__DEVICE_STATE__DEVICE_IN_FORCE + (int)i);
  return STEPGUARD__V1__DEVICE_STATE__DEVICE_UNSPECIFIED;
}

#define TIME(member, MEMBER, column)                                                                                               \
  if (!cell_null(res, row, column)) {                                                                                              \
    ret->member##_given_case = STEPGUARD__V1__DEVICE__##MEMBER##_GIVEN_##MEMBER##_MS;                                              \
    ret->member##_ms = cell_time_ms(res, row, column);                                                                             \
  }

static void devices_entry(const PGresult *res, int row, Stepguard__V1__Device *ret) {
  stepguard__v1__device__init(ret);
  ret->device_id = (uint64_t)cell_i64(res, row, DEVICE_ID);
  ret->name = request_text(cell_text(res, row, DEVICE_NAME));
  ret->here = cell_bool(res, row, DEVICE_HERE);
  ret->state = devices_state(cell_text(res, row, DEVICE_STATE));
  ret->enrolled_at_ms = cell_time_ms(res, row, DEVICE_ENROLLED_AT);
  TIME(last_seen, LAST_SEEN, DEVICE_LAST_SEEN_AT)
  TIME(not_after, NOT_AFTER, DEVICE_NOT_AFTER)
  if (!cell_null(res, row, DEVICE_REVOKED_AT)) {
    ret->revoked_given_case = STEPGUARD__V1__DEVICE__REVOKED_GIVEN_REVOKED_AT_MS;
    ret->revoked_at_ms = cell_time_ms(res, row, DEVICE_REVOKED_AT);
  }
}

static void devices_answer(struct request *request, const PGresult *res) {
  Stepguard__V1__Devices list = STEPGUARD__V1__DEVICES__INIT;
  list.more = cell_rows(res) > LIMIT_DEVICES;
  size_t n = list.more ? LIMIT_DEVICES : (size_t)cell_rows(res);
  list.devices = arena_zalloc(&request->arena, n, sizeof *list.devices);
  Stepguard__V1__Device *devices = arena_zalloc(&request->arena, n, sizeof *devices);
  if (list.devices == NULL || devices == NULL) {
    request_error(request, E_NOMEM);
    return;
  }
  for (; list.n_devices < n; list.n_devices++) {
    devices_entry(res, (int)list.n_devices, &devices[list.n_devices]);
    list.devices[list.n_devices] = &devices[list.n_devices];
  }
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_DEVICES, &list);
}

static void devices_found(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  if (err < 0)
    request_error(request, err);
  else if (cell_i16(res, 0, DEVICE_VERDICT) != FAULT_NONE)
    request_fault(request, (enum fault)cell_i16(res, 0, DEVICE_VERDICT), NULL, NULL);
  else if (!cell_bool(res, 0, DEVICE_KNOWN))
    request_fault(
        request, FAULT_INVALID_FIELD, "device_id",
        "This is not another device of yours. Look at the list of your devices; the one in use is signed off by the school.");
  else
    devices_answer(request, res);
}

static void devices_call(struct request *request, const uint64_t *revoke) {
  struct args args;
  args_init(&args, ARGS_SMALL);
  request_put_who(request, &args);
  if (revoke != NULL)
    args_i64(&args, (int64_t)*revoke);
  else
    args_null(&args);
  args_i64(&args, LIMIT_DEVICES + 1);
  int err = pool_call(request->port->pool, STMT_DEVICES_OF, &args, devices_found, request);
  if (err < 0)
    request_error(request, err);
}

void devices_asked(struct request *request, const Stepguard__V1__ClientMessage *message) {
  (void)message;
  devices_call(request, NULL);
}

void device_revoke_received(struct request *request, const Stepguard__V1__ClientMessage *message) {
  if (session_may_upload(request->session))
    devices_call(request, &message->device_revoke->device_id);
  else
    request_fault(request, FAULT_BUSY, NULL, NULL);
}
