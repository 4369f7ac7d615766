/*
 * Errors inside the programs: a function gives 0 or one of these, and either reports the error upwards or logs it, never
 * both. What a student's client is told is a fault (proto/fault.h); err_fault() is the one place that translates.
 */
#ifndef SG_BASE_ERR_H
#define SG_BASE_ERR_H

#include "proto/fault.h"

/* clang-format off */
#define ERR_TABLE(X) \
  X(-1,  E_NOMEM,    INTERNAL,        "out of memory or over a memory cap") \
  X(-2,  E_INVALID,  INVALID_FIELD,   "a value that cannot be") \
  X(-3,  E_LIMIT,    TOO_LARGE,       "over a limit") \
  X(-4,  E_SYSTEM,   INTERNAL,        "a system call failed") \
  X(-5,  E_TLS,      INTERNAL,        "TLS or certificate failure") \
  X(-6,  E_AWAY,     UNAVAILABLE,     "the database is away") \
  X(-7,  E_UNKNOWN,  UNKNOWN_OUTCOME, "the outcome of a commit is unknown") \
  X(-8,  E_DATA,     INVALID_FIELD,   "the database refused a value") \
  X(-9,  E_FULL,     STORAGE_FULL,    "no room in the database") \
  X(-10, E_DATABASE, INTERNAL,        "the database failed at a statement") \
  X(-11, E_CONFIG,   INTERNAL,        "the configuration is not usable") \
  X(-12, E_UNSAFE,   UNAVAILABLE,     "the database is not set up to keep what it acknowledges") \
  X(-13, E_CLOSED,   SHUTTING_DOWN,   "the other side is closing") \
  X(-14, E_BUSY,     BUSY,            "too many requests are waiting already") \
  X(-15, E_REFUSED,  INVALID_FIELD,   "the database refused the request, with a reason for who asked")
/* clang-format on */

enum err {
  E_OK = 0,
#define X(code, name, fault, text) name = code,
  ERR_TABLE(X)
#undef X
};

const char *err_name(int err); /* "E_AWAY"; "E_?" for what is not in the table */
const char *err_text(int err);
enum fault err_fault(int err);

#endif
