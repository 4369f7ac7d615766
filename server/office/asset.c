/*
 * What stands outside of /api/v1's routes, embedded in the program: no path is ever joined to a directory, so there is none
 * to climb out of.
 *
 * The description of the interface (openapi.json) is made at build time from office/openapi/ and may be cached: it holds no
 * record. Health says whether this worker can read and write, to whoever balances load; it costs no query.
 */
#include "office/asset.h"

#include "office/etag.h"

#include <string.h>

extern const unsigned char office_openapi[];
extern const size_t office_openapi_len;

static void serve_openapi(struct office *office, struct http_request *req) {
  char etag[ETAG_TEXT];
  (void)office;
  etag_make(office_openapi, office_openapi_len, etag);
  const struct http_header headers[] = {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}, {"ETag", etag}};
  const bool has_it = etag_matches(http_header(req, "if-none-match"), etag);
  http_reply(req, has_it ? 304 : 200, headers, sizeof headers / sizeof *headers, office_openapi, has_it ? 0 : office_openapi_len);
}

static void serve_health(struct office *office, struct http_request *req) {
  static const char well[] = "{\"status\":\"ok\"}\n", away[] = "{\"status\":\"database away\"}\n";
  static const struct http_header type = {"Content-Type", "application/json"};
  const bool is_well = pool_ready(office->read_pool) && pool_ready(office->write_pool);
  http_reply(req, is_well ? 200 : 503, &type, 1, is_well ? well : away, is_well ? sizeof well - 1 : sizeof away - 1);
}

static const struct {
  const char *path;
  void (*serve)(struct office *office, struct http_request *req);
} assets[] = {
    {"/api/v1/health", serve_health},
    {"/api/v1/openapi.json", serve_openapi},
};

bool asset_serve(struct office *office, struct http_request *req, const char *path) {
  const enum http_method method = http_method(req);
  if (method != HTTP_GET && method != HTTP_HEAD)
    return false;
  for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
    if (strcmp(assets[i].path, path) == 0) {
      assets[i].serve(office, req);
      return true;
    }
  return false;
}
