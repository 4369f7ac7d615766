/*
 * Faults: every refusal the server can give, in one table. Code, name, what the client may do, and the sentence shown to a
 * person when the server has nothing more exact to say. The numbers are those of FaultCode in stepguard.proto (tested).
 *
 * closes: the connection cannot go on after it.
 */
#ifndef SG_PROTO_FAULT_H
#define SG_PROTO_FAULT_H

#include <stdbool.h>

/* clang-format off */
/* code name                 as text                retry      closes text */
#define FAULT_TABLE(X) \
  X( 1, MALFORMED,           "malformed",           NEVER,     true,  "The message could not be read. The client is broken or not ours; update it.") \
  X( 2, TOO_LARGE,           "too_large",           NEVER,     true,  "The message is larger than the server takes. Send fewer results at once.") \
  X( 3, OUT_OF_ORDER,        "out_of_order",        NEVER,     true,  "The message came at the wrong time. The client is broken; update it.") \
  X( 4, UNSUPPORTED_VERSION, "unsupported_version", NEVER,     true,  "This server no longer speaks the client's version. Update the client.") \
  X( 5, INVALID_FIELD,       "invalid_field",       NEVER,     false, "A field of the message has a value that cannot be.") \
  X( 6, WINDOW_EXCEEDED,     "window_exceeded",     NEVER,     true,  "More requests were sent at once than the server allows.") \
  X( 7, UNKNOWN_CERTIFICATE, "unknown_certificate", NEVER,     true,  "This device is not enrolled here. Ask the school for a new code.") \
  X( 8, REVOKED,             "revoked",             NEVER,     true,  "This device was signed off by the school. Ask there for a new code.") \
  X( 9, WRONG_SCHOOL,        "wrong_school",        NEVER,     true,  "This device is enrolled at another school.") \
  X(10, NOT_ACTIVE,          "not_active",          NEVER,     true,  "You are not on the school's current roster. Ask the dean's office.") \
  X(11, CODE_UNKNOWN,        "code_unknown",        NEVER,     true,  "This code is not known here. Check it letter by letter, or ask for a new one.") \
  X(12, CODE_SPENT,          "code_spent",          NEVER,     true,  "This code was used already. If that was not you, tell the dean's office today.") \
  X(13, CODE_EXPIRED,        "code_expired",        NEVER,     true,  "This code has expired. Ask the school for a new one.") \
  X(14, CSR_REFUSED,         "csr_refused",         NEVER,     true,  "The certificate request was refused.") \
  X(15, BUSY,                "busy",                LATER,     false, "The server is busy. Your data are safe here; it will be tried again.") \
  X(16, RATE_LIMITED,        "rate_limited",        LATER,     true,  "Too many tries in a short time. Wait a little.") \
  X(17, UNAVAILABLE,         "unavailable",         LATER,     false, "The server cannot reach its database. Your data are safe here; it will be tried again.") \
  X(18, STORAGE_FULL,        "storage_full",        LATER,     false, "The server has no room to store anything. Your data are safe here; it will be tried again.") \
  X(19, UNKNOWN_OUTCOME,     "unknown_outcome",     LATER,     false, "The server does not know whether this was stored. Sending it again is safe.") \
  X(20, SHUTTING_DOWN,       "shutting_down",       RECONNECT, true,  "The server is restarting.") \
  X(21, INTERNAL,            "internal",            LATER,     false, "The server failed at this. Your data are safe here; it will be tried again.")
/* clang-format on */

enum fault {
  FAULT_NONE = 0,
#define X(code, name, lower, retry, closes, text) FAULT_##name = code,
  FAULT_TABLE(X)
#undef X
};

enum fault_retry { FAULT_RETRY_NEVER = 1, FAULT_RETRY_LATER = 2, FAULT_RETRY_RECONNECT = 3 }; /* Retry in stepguard.proto */

struct fault_info {
  enum fault code;
  const char *name; /* lower case, as in logs and --json */
  enum fault_retry retry;
  bool closes;
  const char *text;
};

/* The row of a code; of INTERNAL where the code is not in the table (a newer server). Never NULL. */
const struct fault_info *fault_info(int code);

#endif
