/*
 * Opening a connection, and not trusting it yet.
 *
 * Three settings decide whether "committed" means "kept": fsync, full_page_writes, synchronous_commit. With one of them off
 * a power cut lost acknowledged rows in our tests, so such a server is refused, aloud, rather than used. The schema must be
 * at least as new as the migrations this program was built with (they are written so that an older program runs on a newer
 * schema), and its composite types must have the fields that db/types.c sends.
 *
 * What stands before `url` are defaults that the administrator's string may override; what stands after it is not
 * negotiable. jit is off: compiling costs 100 ms once and our statements take one. GSS is off because its negotiation costs
 * a round trip. sslmode: libpq's own default would talk to whoever answers.
 *
 * target_session_attrs lets a string with several hosts find the primary. It is not the administrator's: manuals say
 * "read-write", and for a session that only reads libpq then finds no primary anywhere.
 */
#include "db/setup.h"

#include "base/check.h"
#include "base/err.h"
#include "base/floor.h"
#include "db/cells.h"
#include "db/types.h"

#include <stdio.h>
#include <string.h>

enum { OLDEST_SERVER = 150000 };

static void params_add(struct setup_params *params, const char *keyword, const char *value) {
  CHECK(params->n + 1 < SETUP_PARAMS_MAX);
  params->keywords[params->n] = keyword;
  params->values[params->n++] = value;
  params->keywords[params->n] = params->values[params->n] = NULL;
}

void setup_params(struct setup_params *ret, const char *url, enum db_role role, bool read_only, int statement_ms) {
  const char *const pairs[][2] = {
      {"options", ret->options},
      {"connect_timeout", "10"},
      {"tcp_user_timeout", "10000"},
      {"gssencmode", "disable"},
      {"sslmode", "verify-full"}, /* over a network; a socket has none */
      {"dbname", url},            /* expanded: the whole connection string */
      {"user", db_role_name(role)},
      {"client_encoding", "UTF8"},
      {"application_name", "stepguard"},
      {"target_session_attrs", read_only ? "primary" : "read-write"},
  };
  snprintf(ret->options, sizeof ret->options, "-c jit=off -c statement_timeout=%d -c idle_in_transaction_session_timeout=60000%s",
           statement_ms, read_only ? " -c default_transaction_read_only=on" : "");
  ret->n = 0;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    params_add(ret, pairs[i][0], pairs[i][1]);
}

/* "a,b,c" begun one place on is "b,c,a". A list of one, which stands for all hosts, stays. */
static void list_turn(char out[SETUP_LIST], const char *list, unsigned turn) {
  const char *rest = list;
  unsigned n = 1;
  for (const char *c = list; *c; c++)
    n += *c == ',';
  for (turn %= n; turn > 0; turn--)
    rest = strchr(rest, ',') + 1;
  const int before = rest == list ? 0 : (int)(rest - list - 1);
  CHECK(snprintf(out, SETUP_LIST, rest > list ? "%s,%.*s" : "%s%.*s", rest, before, list) < SETUP_LIST);
}

void setup_params_begin_at(struct setup_params *params, unsigned turn) {
  char *const lists[] = {params->host, params->hostaddr, params->port};
  static const char *const names[] = {"host", "hostaddr", "port"};
  const char *url = NULL;
  for (size_t i = 0; i < params->n; i++)
    if (strcmp(params->keywords[i], "dbname") == 0)
      url = params->values[i];
  PQconninfoOption *given = PQconninfoParse(url, NULL);
  for (const PQconninfoOption *option = given; option && option->keyword; option++)
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
      if (option->val && strcmp(option->keyword, names[i]) == 0 && strlen(option->val) < SETUP_LIST) {
        list_turn(lists[i], option->val, turn);
        params_add(params, names[i], lists[i]);
      }
  PQconninfoFree(given); /* NULL: the string is no good, which whoever connects is told */
}

const char setup_check_sql[] = "select fsync, full_page_writes, synchronous_commit, server_version_num, schema_version "
                               "from api.connection_check()";

const char setup_types_sql[] = "select t.typname::text, t.oid::int8, string_agg(a.atttypid::text, ' ' order by a.attnum) "
                               "from pg_catalog.pg_type t "
                               "join pg_catalog.pg_namespace n on n.oid = t.typnamespace "
                               "join pg_catalog.pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped "
                               "where n.nspname = 'api' and t.typtype = 'c' group by t.typname, t.oid";

int setup_check(const PGresult *res, char reason[SETUP_REASON]) {
  static const char *const settings[] = {"fsync", "full_page_writes", "synchronous_commit"};
  enum { VERSION = 3, SCHEMA };
  for (int col = 0; col < VERSION; col++)
    if (strcmp(cell_text(res, 0, col), "off") == 0) {
      snprintf(reason, SETUP_REASON, "%s is off: it could lose what it acknowledges", settings[col]);
      return E_UNSAFE;
    }
  if (cell_i32(res, 0, VERSION) < OLDEST_SERVER) {
    snprintf(reason, SETUP_REASON, "the server is older than PostgreSQL %d", OLDEST_SERVER / 10000);
    return E_UNSAFE;
  }
  if (cell_null(res, 0, SCHEMA) || cell_i32(res, 0, SCHEMA) < SG_SCHEMA_VERSION) {
    snprintf(reason, SETUP_REASON, "the schema has version %d and this program needs %d; run stepguardctl migrate",
             cell_null(res, 0, SCHEMA) ? 0 : cell_i32(res, 0, SCHEMA), SG_SCHEMA_VERSION);
    return E_UNSAFE;
  }
  return E_OK;
}

/* The numbers of the fields as the query gives them: "23 20 17". */
static void fields_print(const struct db_type_row *type, char *out, size_t cap) {
  size_t len = 0;
  out[0] = '\0';
  for (int i = 0; i < type->fields_n && len < cap; i++) {
    int n = snprintf(out + len, cap - len, "%s%u", i > 0 ? " " : "", type->fields[i]);
    len += n > 0 ? (size_t)n : 0;
  }
}

int setup_types(const PGresult *res, uint32_t ret_ids[DB_TYPES], char reason[SETUP_REASON]) {
  enum { NAME, ID, FIELDS };
  uint32_t ids[DB_TYPES] = {0};
  for (int type = 0; type < DB_TYPES; type++) {
    const struct db_type_row *wanted = db_type_row((enum db_type)type);
    char fields[TYPE_FIELDS_MAX * sizeof "4294967295"];
    fields_print(wanted, fields, sizeof fields);
    for (int row = 0; row < PQntuples(res); row++)
      if (strcmp(cell_text(res, row, NAME), wanted->name) == 0 && strcmp(cell_text(res, row, FIELDS), fields) == 0)
        ids[type] = (uint32_t)cell_i64(res, row, ID);
    if (ids[type] == 0) {
      snprintf(reason, SETUP_REASON, "type api.%s is missing or has other fields than this program sends", wanted->name);
      return E_UNSAFE;
    }
  }
  memcpy(ret_ids, ids, sizeof ids);
  return E_OK;
}

/* It may be on a machine of which nobody here has the list of packages (pki/checks.c). */
void setup_age(int version_num, const struct log_context *context) {
  static struct log_gate gate;
  const struct floor *floor = floor_of_server(version_num);
  if (floor)
    log_event_gated(&gate, 1, LOG_WARN, context, "database_old", "version=%d least=%s since=%s", version_num, floor->least,
                    floor->day);
}
