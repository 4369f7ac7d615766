/* What is asked of a connection before it may carry anything: how it is opened, and what it must show. Shared by pipe.c,
 * which asks without waiting, and sync.c, which waits. */
#ifndef SG_DB_SETUP_H
#define SG_DB_SETUP_H

#include "base/log.h"
#include "db/args.h"
#include "db/stmts.h"

#include <libpq-fe.h>

enum { SETUP_PARAMS_MAX = 20, SETUP_REASON = 200, SETUP_LIST = 200 /* a setting has 190 at most */ };

struct setup_params {
  const char *keywords[SETUP_PARAMS_MAX], *values[SETUP_PARAMS_MAX];
  size_t n;
  char options[200];
  char host[SETUP_LIST], hostaddr[SETUP_LIST], port[SETUP_LIST];
};

/* For PQconnectdbParams and PQconnectStartParams with expand_dbname. `statement_ms`: after which the server gives a statement
 * up; 0 for never. `read_only`: whatever would write fails. `url` must outlive it. */
void setup_params(struct setup_params *ret, const char *url, enum db_role role, bool read_only, int statement_ms);

/* Where the connection string names several hosts, begins with the one `turn` places on, and comes to those before it last.
 * libpq goes on to the next by itself when one refuses, but for as long as it is not asked to wait it waits for a silent one. */
void setup_params_begin_at(struct setup_params *params, unsigned turn);

/* Asked in this order, results in binary. */
extern const char setup_check_sql[], setup_types_sql[];

/* 0, or E_UNSAFE and what is wrong. */
int setup_check(const PGresult *res, char reason[SETUP_REASON]) MUSTCHECK;
int setup_types(const PGresult *res, uint32_t ret_ids[DB_TYPES], char reason[SETUP_REASON]) MUSTCHECK;

/* Logs, once a minute at most, that a server of this version has known holes. */
void setup_age(int version_num, const struct log_context *context);

#endif
