/*
 * One form for every refusal, whoever refuses: route, body, session, or a function of the database (core.refuse).
 *
 * `type` is about:blank and `title` the phrase of the status, as the RFC has it for problems that "code" tells apart: there is no
 * page to be fetched, and a name cannot go stale. What a function adds ("more",
 * such as the row that somebody else has changed meanwhile) stands beside the members that every problem has and cannot
 * replace one of them.
 */
#include "office/problem.h"

#include "base/json.h"
#include "loop/reply.h"
#include "office/body.h"

#include <string.h>

const char problem_media[] = "application/problem+json";

static void put_text(struct buf *out, const char *name, const char *value) {
  if (!value || !*value)
    return;
  buf_printf(out, ",\"%s\":", name);
  json_put_string(out, value);
}

static bool is_ours(const char *name) {
  static const char *const ours[] = {"type", "title", "status", "code", "detail", "remedy", "field", "request_id"};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (strcmp(ours[i], name) == 0)
      return true;
  return false;
}

static void put_more(struct buf *out, const char *more) {
  const char *name;
  json_t *value, *members = more && *more ? json_loads(more, 0, NULL) : NULL;
  json_object_foreach(members, name, value) {
    if (is_ours(name))
      continue;
    buf_put_u8(out, ',');
    json_put_string(out, name);
    buf_put_u8(out, ':');
    body_put(out, value);
  }
  json_decref(members);
}

void problem_put(struct buf *out, const struct problem *problem, const char *request_id) {
  buf_printf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d", reply_reason(problem->status), problem->status);
  put_text(out, "code", problem->code);
  put_text(out, "detail", problem->detail);
  put_text(out, "remedy", problem->remedy);
  put_text(out, "field", problem->field);
  put_text(out, "request_id", request_id);
  put_more(out, problem->more);
  buf_printf(out, "}\n");
}
