/* Filling a struct sg_error. Each gives the status back, so that a caller writes `return error_set(...)`. */
#ifndef SG_CLIENT_ERROR_H
#define SG_CLIENT_ERROR_H

#include "client/stepguard.h"

int error_set(struct sg_error *ret, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A system call failed at `what` ("write /home/x/outbox.db"); says "disk full" for all that means it. */
int error_system(struct sg_error *ret, int number, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The server's fault. `text` may be NULL or hostile: it is cleaned and shortened. */
int error_fault(struct sg_error *ret, int fault, uint32_t retry_after_ms, const char *field, const char *text);

/* Copies text that came from outside: what could steer a terminal or hide text becomes a blank, what is not UTF-8 a
 * question mark; cut at the cap on a whole character. */
void text_clean(char *out, size_t cap, const char *text);

#endif
