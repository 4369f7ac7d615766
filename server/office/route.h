/*
 * What can be asked under /api/v1: db/office_routes.def as a table, and finding a row in it.
 */
#ifndef SG_OFFICE_ROUTE_H
#define SG_OFFICE_ROUTE_H

#include "db/stmts.h"
#include "loop/http.h"
#include "office/query.h"

struct call;

enum route_kind { ROUTE_READ, ROUTE_WRITE, ROUTE_HANDLER };

enum route_flag {
  ROUTE_OPEN = 1,         /* needs no session: it is for those who do not have one yet */
  ROUTE_GIVES_CSRF = 2,   /* the answer has the session's token in X-CSRF-Token */
  ROUTE_ENDS_SESSION = 4, /* an answer below 300 takes the cookie away */
  ROUTE_PAGE = 8,         /* browsers are sent there: a refusal is a page where the request would read one */
  ROUTE_FILE = 16,        /* the body is a CSV file and may be as long as one; the query is the function's to know */
};

struct route {
  enum http_method method;
  const char *path; /* "/students/{student}" */
  const char *name; /* of the function in schema api; "session_show" */
  enum route_kind kind;
  unsigned flags;
  enum stmt stmt;                    /* READ and WRITE */
  void (*handle)(struct call *call); /* HANDLER */
};

enum route_verdict { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };
enum { ROUTE_ALLOW_CHARS = 48 };

/* `path` begins after "/api/v1" and is cut into the values of *ret_params, which live as long. A HEAD is found as GET.
 * ROUTE_NO_METHOD: *ret_allow names those there are, for the header Allow. */
enum route_verdict route_match(enum http_method method, char *path, const struct route **ret, struct params *ret_params,
                               char ret_allow[ROUTE_ALLOW_CHARS]) MUSTCHECK;

/* Whether a path fits "/students/{student}", whatever the parameter is. */
bool route_path_fits(const char *pattern, const char *path);

bool route_takes_file(enum http_method method, const char *path); /* of routes without parameters in their path */

/* Each handler of the list, defined in some file of office/. */
/* clang-format off */
#define HANDLE_READ(name)
#define HANDLE_WRITE(name)
#define HANDLE_HANDLER(name) void name##_handle(struct call *call);
#define ROUTE(method, path, name, kind, flags) HANDLE_##kind(name)
#define CALL(name, kind)
#include "db/office_routes.def"
#undef ROUTE
#undef CALL
/* clang-format on */

extern const struct route route_rows[];
extern const size_t route_rows_n;

#endif
