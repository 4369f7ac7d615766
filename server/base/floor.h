/*
 * The oldest versions of what is linked and asked that have no hole known to this release, as data with day and source; and what of
 * it this machine has.
 */
#ifndef SG_BASE_FLOOR_H
#define SG_BASE_FLOOR_H

#include <stdbool.h>
#include <stddef.h>

struct floor {
  const char *package; /* of Debian 12 */
  const char *least;   /* its version */
  const char *day;     /* on which Debian had it */
  const char *source;
};

extern const struct floor floor_rows[];
extern const size_t floor_rows_n;

#define FLOOR_STATUS "/var/lib/dpkg/status"

/* Calls back for each package of the table that is installed in an older version, as `status`, a file like FLOOR_STATUS, has it. A
 * machine without that file is another system's, of which nothing can be said. */
void floor_look(const char *status, void (*said)(void *arg, const struct floor *floor, const char *installed), void *arg);

/* The row that a server of PostgreSQL of this version (server_version_num, 150020) is below; NULL where it is not. */
const struct floor *floor_of_server(int version_num);

/* Which of two versions of Debian's is the earlier: < 0, 0, > 0 (Debian Policy 5.6.12). */
int floor_compare(const char *a, const char *b);

#endif
