/* Prints the table of statements, one to a line: role, name, number of parameters, SQL. Separated by tabs. */
#include "db/stmts.h"

#include <stdio.h>

int main(void) {
  for (int i = 0; i < STMTS; i++) {
    const struct stmt_row *row = stmt_row((enum stmt)i);
    printf("%s\t%s\t%d\t%s\n", db_role_name(row->role), row->name, row->params, row->sql);
  }
  return 0;
}
