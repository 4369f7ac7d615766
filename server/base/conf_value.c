/*
 * One value of the configuration: from text to its place in struct conf, or a reason that says what to write instead.
 *
 * Addresses are numeric on purpose: resolving a name at start makes the start depend on a name server, and a listening
 * socket has no use for a name.
 */
#include "base/conf_table.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "proto/utf8.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PORT_MAX = 65535, FD_MAX = 1023, ADDRESS_CHARS = 64 };

static const struct {
  const char *name;
  bool number;
} types[] = {
    [CONF_TEXT] = {"text", false},  [CONF_CODE] = {"code", false},       [CONF_ZONE] = {"zone", false},
    [CONF_PATH] = {"path", false},  [CONF_ADDRESS] = {"address", false}, [CONF_NUMBER] = {"number", true},
    [CONF_LEVEL] = {"level", true},
};

const char *conf_type_name(enum conf_type type) {
  return types[type].name;
}

bool conf_type_is_number(enum conf_type type) {
  return types[type].number;
}

static bool whole_number(const char *text, int low, int high, int *ret) {
  char *end;
  errno = 0;
  long n = strtol(text, &end, 10);
  bool digits_only = text[0] == '-' ? text[1] >= '0' && text[1] <= '9' : text[0] >= '0' && text[0] <= '9';
  if (!digits_only || *end || errno || n < low || n > high)
    return false;
  *ret = (int)n;
  return true;
}

static bool is_address(const char *text) {
  char host[ADDRESS_CHARS];
  uint8_t binary[sizeof(struct in6_addr)];
  int number;
  if (strncmp(text, "fd:", 3) == 0)
    return whole_number(text + 3, 0, FD_MAX, &number);
  const char *colon = strrchr(text, ':');
  if (!colon || (size_t)(colon - text) >= sizeof host || !whole_number(colon + 1, 0, PORT_MAX, &number))
    return false;
  size_t len = (size_t)(colon - text);
  memcpy(host, text, len);
  host[len] = '\0';
  if (host[0] != '[')
    return inet_pton(AF_INET, host, binary) == 1;
  if (host[len - 1] != ']')
    return false;
  host[len - 1] = '\0';
  return inet_pton(AF_INET6, host + 1, binary) == 1;
}

static bool is_code(const char *text) {
  return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool is_zone(const char *text) {
  struct zone *zone = zone_load(text);
  zone_free(zone);
  return zone != NULL;
}

static const char handed_over[] = "credential:";

bool conf_is_credential(const char *path) {
  return strncmp(path, handed_over, sizeof handed_over - 1) == 0;
}

static bool path_is_good(const char *path) {
  const char *name = path + sizeof handed_over - 1;
  return !conf_is_credential(path) || (*name != '\0' && *name != '.' && !strchr(name, '/'));
}

/* What is wrong with a text, or NULL. */
static const char *objection(const struct conf_row *row, const char *text) {
  switch (row->type) {
  case CONF_CODE: return is_code(text) ? NULL : "may have a-z, 0-9 and - only";
  case CONF_ZONE:
    return is_zone(text) ? NULL : "is not a time zone this machine knows; write one such as America/Chicago (package tzdata)";
  case CONF_ADDRESS: return is_address(text) ? NULL : "is not an address; write 127.0.0.1:7443, [::]:7443 or fd:3";
  case CONF_PATH: return path_is_good(text) ? NULL : "names no credential; write credential: and a name without slashes";
  case CONF_TEXT:
  case CONF_NUMBER:
  case CONF_LEVEL: break;
  }
  return NULL;
}

static int number_read(const struct conf_row *row, const char *text, int *ret, char *reason, size_t cap) {
  enum log_level level;
  if (row->type == CONF_LEVEL) {
    if (log_level_parse(text, &level) == E_OK) {
      *ret = (int)level;
      return E_OK;
    }
    snprintf(reason, cap, "%s is none of error, warn, info, debug", log_value(text));
    return E_INVALID;
  }
  if (whole_number(text, row->low, row->high, ret))
    return E_OK;
  snprintf(reason, cap, "%s is not a whole number from %d to %d", log_value(text), row->low, row->high);
  return E_INVALID;
}

/* A file that the service manager hands over, in a directory of this start's own (systemd.exec: LoadCredential=). For a tool at a
 * shell it is in private/ beside the configuration, from where the units take it, if there is such a directory. Else it stays as
 * it is written: whoever needs the file says that it is not there. */
static bool credential_find(const char **directory, const char **between) {
  const char *handed = getenv("CREDENTIALS_DIRECTORY");
  struct stat there;
  char beside[PATH_MAX];
  if (handed && *handed) {
    *directory = handed;
    *between = "/";
    return true;
  }
  *between = CONF_PRIVATE "/";
  const int n = snprintf(beside, sizeof beside, "%s" CONF_PRIVATE, *directory);
  return n > 0 && (size_t)n < sizeof beside && stat(beside, &there) == 0 && S_ISDIR(there.st_mode);
}

static int path_make(const char *text, const char *directory, char **ret) {
  const char *between = "";
  if (conf_is_credential(text) && credential_find(&directory, &between)) {
    text += sizeof handed_over - 1;
  } else if (text[0] == '/' || conf_is_credential(text)) {
    directory = "";
    between = "";
  }
  const size_t bytes = strlen(directory) + strlen(between) + strlen(text) + 1;
  char *path = malloc(bytes);
  if (!path)
    return E_NOMEM;
  snprintf(path, bytes, "%s%s%s", directory, between, text);
  *ret = path;
  return E_OK;
}

static int text_read(const struct conf_row *row, const char *text, const char *directory, char **ret, char *reason, size_t cap) {
  size_t len = strlen(text);
  if (len == 0 && row->value && row->value[0] == '\0') { /* it may be left out */
    *ret = strdup("");
    return *ret ? E_OK : E_NOMEM;
  }
  if (len == 0) {
    snprintf(reason, cap, "is empty");
    return E_INVALID;
  }
  if (!utf8_plain(text, len)) {
    snprintf(reason, cap, "%s is not plain UTF-8 text", log_value(text));
    return E_INVALID;
  }
  if (row->high > 0 && (len < (size_t)row->low || len > (size_t)row->high)) {
    snprintf(reason, cap, "has %zu bytes; %d to %d are possible", len, row->low, row->high);
    return E_INVALID;
  }
  const char *wrong = objection(row, text);
  if (wrong) {
    snprintf(reason, cap, "%s %s", log_value(text), wrong);
    return E_INVALID;
  }
  if (row->type == CONF_PATH)
    return path_make(text, directory, ret);
  *ret = strdup(text);
  return *ret ? E_OK : E_NOMEM;
}

int conf_value_read(const struct conf_row *row, const char *text, const char *directory, struct conf *conf, char *reason,
                    size_t reason_cap) {
  char *place = (char *)conf + row->offset;
  if (conf_type_is_number(row->type))
    return number_read(row, text, (int *)(void *)place, reason, reason_cap);
  return text_read(row, text, directory, (char **)(void *)place, reason, reason_cap);
}
