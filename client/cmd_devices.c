/*
 * stepguard devices: which devices the school knows as this student's, and signing off one that was lost.
 *
 * The school is asked each time. A device is called by the number it has at the school, or by its name where that says which;
 * signing off asks first, for it cannot be taken back: the device needs a new code.
 */
#include "client/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct devices {
  struct sg_device device[LIMIT_DEVICES];
  size_t n;
  bool more;
};

static void device_keep(void *arg, const struct sg_device *device) {
  struct devices *devices = arg;
  if (devices->n < LIMIT_DEVICES)
    devices->device[devices->n++] = *device;
}

static const char *state_name(enum sg_device_state state) {
  static const char *const names[] = {"", "in force", "signed off", "expired", "unfinished"};
  return state >= SG_DEVICE_IN_FORCE && state <= SG_DEVICE_UNFINISHED ? names[state] : "unknown";
}

static json_t *device_json(const struct sg_device *device) {
  return json_pack("{s:I, s:s, s:b, s:s, s:o, s:o, s:o, s:o}", "device_id", (json_int_t)device->id, "name", device->name, "here",
                   device->here, "state", state_name(device->state), "enrolled_at", json_time(device->enrolled_ms), "last_seen",
                   json_time(device->last_seen_ms), "certificate_until", json_time(device->until_ms), "revoked_at",
                   json_time(device->revoked_ms));
}

static void day_cell(struct table *table, int64_t ms) {
  char day[SPEAK_TIME] = "";
  if (ms != 0)
    format_date(day, ms);
  table_cell(table, day);
}

static int devices_show(const struct app *app, const struct devices *devices) {
  static const char *const heads[] = {"NUMBER", "STATE", "ENROLLED", "LAST SEEN", "CERTIFICATE TO", "NAME"};
  if (app->json) {
    json_t *list = json_array();
    for (size_t i = 0; i < devices->n; i++)
      json_array_append_new(list, device_json(&devices->device[i]));
    return speak_json(json_pack("{s:o, s:b}", "devices", list, "more", devices->more), EXIT_DONE);
  }
  struct table *table = table_new(heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < devices->n; i++) {
    const struct sg_device *one = &devices->device[i];
    char number[SPEAK_NUMBER], name[LIMIT_DEVICE_NAME_CHARS + 16];
    snprintf(name, sizeof name, "%s%s", one->name, one->here ? " (this one)" : "");
    snprintf(number, sizeof number, "%" PRIu64, one->id);
    table_cell(table, number);
    table_cell(table, state_name(one->state));
    day_cell(table, one->enrolled_ms);
    day_cell(table, one->last_seen_ms);
    day_cell(table, one->until_ms);
    table_cell(table, name);
  }
  table_print(table, app);
  if (devices->more)
    printf("There are older ones. The dean's office shows you all of them.\n");
  return EXIT_DONE;
}

/* By its number, or by a name that one device has which is not signed off yet. NULL, and it was said why. */
static const struct sg_device *device_named(const struct app *app, const struct devices *devices, const char *name) {
  const struct sg_device *found = NULL;
  int32_t number;
  bool numbered = result_parse_count(name, &number) == 0;
  for (size_t i = 0; i < devices->n; i++) {
    const struct sg_device *one = &devices->device[i];
    if (numbered && one->id == (uint64_t)number)
      return one;
    if (strcmp(one->name, name) != 0 || one->state == SG_DEVICE_REVOKED)
      continue;
    if (found != NULL) {
      (void)usage_wrong(app, "Several of your devices are called \"%.60s\"; take the number that stepguard devices shows.", name);
      return NULL;
    }
    found = one;
  }
  if (found == NULL)
    (void)usage_wrong(app, "You have no device \"%.60s\"; stepguard devices shows which there are.", name);
  return found;
}

static int confirmed(const struct app *app, const struct sg_device *device, bool yes) {
  char question[LIMIT_DEVICE_NAME_CHARS + 96], answer[8];
  if (yes)
    return OPTIONS_GO_ON;
  if (!app->ask || app->json)
    return usage_wrong(app, "This cannot be taken back: say --yes to sign off a device without being asked.");
  snprintf(question, sizeof question, "Sign off \"%s\" for good? It will need a new code (yes/no)", device->name);
  if (!ask_line(question, "no", answer, sizeof answer) || strcmp(answer, "yes") != 0) {
    fprintf(stderr, "Nothing was changed.\n");
    return EXIT_PROBLEMS;
  }
  return OPTIONS_GO_ON;
}

static int device_revoke(struct app *app, struct sg_sync_options *options, struct devices *devices, const char *name, bool yes) {
  struct sg_error error;
  const struct sg_device *device = device_named(app, devices, name);
  if (device == NULL)
    return EXIT_USAGE;
  if (device->here)
    return usage_wrong(app, "This is the device you are using. The dean's office signs it off, or another device of yours.");
  uint64_t id = device->id;
  bool over = device->state == SG_DEVICE_REVOKED;
  int code = over ? OPTIONS_GO_ON : confirmed(app, device, yes);
  if (code != OPTIONS_GO_ON)
    return code;
  devices->n = 0;
  if (sg_device_revoke(app->client, options, id, device_keep, devices, &devices->more, &error) != SG_OK)
    return speak_error(app, &error);
  code = devices_show(app, devices);
  if (!app->json) {
    printf("\n");
    print_text(app, 0, "%s",
               over ? "It was signed off before." : "Signed off. Whoever has it can send and ask nothing more in your name.");
  }
  return code;
}

int cmd_devices(struct app *app, int argc, char **argv) {
  struct sg_sync_options options = {.progress = progress_show};
  bool yes = false;
  const struct option_row rows[] = {
      {"yes", NULL, "with revoke: do not ask", .flag = &yes},
      {"max-wait", "S", "go on trying this many seconds when the server is away or busy (0)", .number = &options.max_wait_s},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  bool revoke = argc > 0 && strcmp(argv[0], "revoke") == 0;
  if (argc > 0 && !revoke)
    return usage_wrong(app, "\"%.60s\" is not understood.", argv[0]);
  if (revoke && argc != 2)
    return usage_wrong(app, "devices revoke needs one device: its number, or its name.");
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  struct devices *devices = calloc(1, sizeof *devices);
  struct progress progress;
  struct sg_error error = {.status = SG_NOMEM, .text = "Out of memory."};
  progress_init(&progress, app);
  options.arg = &progress;
  if (devices == NULL || sg_devices(app->client, &options, device_keep, devices, &devices->more, &error) != SG_OK) {
    progress_clear(&progress);
    code = speak_error(app, &error);
  } else {
    progress_clear(&progress);
    code = revoke ? device_revoke(app, &options, devices, argv[1], yes) : devices_show(app, devices);
  }
  free(devices);
  return code;
}
