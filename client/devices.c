/*
 * Asking the school which devices the student has, and signing off one that was lost.
 *
 * As disclosures.c: the way of a sync (sync_run), and nothing is kept, since only the school knows what is so. Signing off while
 * away from the network, by an outbox, was rejected: who lost a laptop must know whether it is done, and not that it will be.
 */
#include "client/error.h"
#include "client/sync.h"

#include <stdlib.h>

struct asked {
  uint64_t revoke; /* 0: only asks */
  void (*each)(void *arg, const struct sg_device *device);
  void *arg;
  bool more;
};

static void devices_pass(const struct asked *asked, const Stepguard__V1__Devices *list) {
  for (size_t i = 0; i < list->n_devices; i++) {
    struct sg_device device;
    talk_device(list->devices[i], &device);
    asked->each(asked->arg, &device);
  }
}

static int devices_ask(struct sync *sync, struct sg_error *ret_error) {
  Stepguard__V1__DevicesRequest request = STEPGUARD__V1__DEVICES_REQUEST__INIT;
  Stepguard__V1__DeviceRevoke revoke = STEPGUARD__V1__DEVICE_REVOKE__INIT;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  struct asked *asked = sync->arg;
  if (asked->revoke != 0) {
    revoke.device_id = asked->revoke;
    message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_DEVICE_REVOKE;
    message.device_revoke = &revoke;
  } else {
    message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_DEVICES;
    message.devices = &request;
  }
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_DEVICES, &answer, ret_error);
  if (status != SG_OK)
    return status;
  asked->more = answer->devices->more;
  devices_pass(asked, answer->devices);
  return SG_OK;
}

static int devices_run(struct sg_client *client, const struct sg_sync_options *options, struct asked *asked, bool *ret_more,
                       struct sg_error *ret_error) {
  struct sg_sync_report report;
  struct sync *sync = sync_new(client, options, &report, ret_error);
  if (sync == NULL)
    return ret_error->status;
  sync->work = devices_ask;
  sync->arg = asked;
  int status = sync_run(sync, ret_error);
  free(sync);
  if (status == SG_OK)
    *ret_more = asked->more;
  return status;
}

int sg_devices(struct sg_client *client, const struct sg_sync_options *options,
               void (*each)(void *arg, const struct sg_device *device), void *arg, bool *ret_more, struct sg_error *ret_error) {
  struct asked asked = {.each = each, .arg = arg};
  return devices_run(client, options, &asked, ret_more, ret_error);
}

int sg_device_revoke(struct sg_client *client, const struct sg_sync_options *options, uint64_t id,
                     void (*each)(void *arg, const struct sg_device *device), void *arg, bool *ret_more,
                     struct sg_error *ret_error) {
  if (id == 0)
    return error_set(ret_error, SG_USAGE, "No device has the number 0. See which there are: stepguard devices");
  struct asked asked = {.revoke = id, .each = each, .arg = arg};
  return devices_run(client, options, &asked, ret_more, ret_error);
}
