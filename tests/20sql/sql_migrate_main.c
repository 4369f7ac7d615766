/* sql_migrate URL DIR: migrate_run() as it is, progress to stdout, the reason for a refusal to stderr, exit 0 or 1. */
#include "db/migrate.h"

#include <stdio.h>

static void line_print(void *arg, const char *line) {
  (void)arg;
  puts(line);
}

int main(int argc, char **argv) {
  char reason[400] = "usage: sql_migrate URL DIR";
  if (argc == 3 && migrate_run(argv[1], argv[2], line_print, NULL, reason, sizeof reason) == 0)
    return 0;
  fprintf(stderr, "%s\n", reason);
  return 1;
}
