/*
 * Whether everything runs that should: GET /health/summary.
 *
 *   health_summary_handle ── api.health, with what only this worker knows ──> the answer
 *
 * The database judges, in sentences with a remedy; from here come the daemon's version, its connections and when its
 * certificates end. Those files are read with each question: three of a few kilobytes, and nobody polls this faster than a
 * page does. /api/v1/health, for whoever balances load, asks nothing and stays as it is.
 */
#include "office/api.h"

#include "base/err.h"
#include "base/when.h"
#include "pki/make.h"

static json_t *certificate_json(const char *name, const char *path) {
  char reason[256], until[WHEN_TEXT];
  int64_t not_after_ms;
  if (pki_not_after(path, &not_after_ms, reason, sizeof reason) < 0)
    return json_pack("{s:s,s:n}", "name", name, "until");
  when_utc(until, not_after_ms);
  return json_pack("{s:s,s:s}", "name", name, "until", until);
}

static json_t *pool_json(const struct pool *pool, int connections) {
  return json_pack("{s:b,s:I,s:I,s:i}", "ready", pool_ready(pool), "waiting", (json_int_t)pool_depth(pool), "idle",
                   (json_int_t)pool_idle(pool), "connections", connections);
}

void health_summary_handle(struct call *call) {
  const struct office *office = call->office;
  const struct conf *conf = office->conf;
  json_t *known = json_pack(
      "{s:s,s:o,s:o,s:I,s:[o,o,o]}", "version", SG_VERSION, "reading", pool_json(office->read_pool, conf->database_connections),
      "writing", pool_json(office->write_pool, conf->database_connections), "lane", (json_int_t)lane_busy(office->lane),
      "certificates", certificate_json("ca", conf->ca_certificate), certificate_json("student", conf->student_certificate),
      certificate_json("office", conf->office_certificate));
  call_ask(call, STMT_OFFICE(health), known ? call_document_with(call, known) : NULL, api_read);
}
