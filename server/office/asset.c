/*
 * What stands outside of /api/v1's routes, embedded in the program: no path is ever joined to a directory, so there is none
 * to climb out of.
 *
 * The description of the interface (openapi.json) is made at build time from office/openapi/ and may be cached: it holds no
 * record. Health says whether this worker can read and write, to whoever balances load; it costs no query.
 *
 * The pages (server/web) are files whose names change with their content, which a browser may keep for a year, and one document
 * that names them, which it has to ask about each time. That document holds no record and needs no session, so it is the
 * answer at every address of a page; at one that is none too, for a person with a mistyped address is better helped by the page
 * and its way back than by JSON, but then with 404. Programs, which do not ask for text/html, are told so in their own form, and
 * so is everybody below /api.
 */
#include "office/asset.h"

#include "office/etag.h"
#include "office/page.h"
#include "office/web.h"

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

/* With 404 it is what is not there that is shown: nothing to keep, and no tag to ask about it again. */
static void serve_web(struct http_request *req, const struct web_asset *asset, int status) {
  static const char kept[] = "public, max-age=31536000, immutable", asked[] = "no-cache";
  const bool small = asset->brotli.etag && web_takes_brotli(http_header(req, "accept-encoding"));
  const struct web_bytes *bytes = small ? &asset->brotli : &asset->plain;
  struct http_header headers[5] = {{"Content-Type", asset->media}, {"Vary", "Accept-Encoding"}};
  size_t n = 2;
  if (status != 404) {
    headers[n++] = (struct http_header){"Cache-Control", asset->is_immutable ? kept : asked};
    headers[n++] = (struct http_header){"ETag", bytes->etag};
    if (etag_matches(http_header(req, "if-none-match"), bytes->etag))
      status = 304;
  }
  if (small && status != 304)
    headers[n++] = (struct http_header){"Content-Encoding", "br"};
  http_reply(req, status, headers, n, web_pack + bytes->at, status == 304 ? 0 : bytes->len);
}

static bool is_api(const char *path) {
  static const char prefix[] = "/api";
  const size_t len = sizeof prefix - 1;
  return strncmp(path, prefix, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool web_serve(struct http_request *req, const char *path) {
  const struct web_asset *asset = web_find(path), *page = web_find("/");
  if (is_api(path))
    return false;
  if (asset)
    serve_web(req, asset, 200);
  else if (web_is_page(path))
    serve_web(req, page, 200);
  else if (page_wanted(http_header(req, "accept")))
    serve_web(req, page, 404);
  else
    return false;
  return true;
}

bool asset_serve(struct office *office, struct http_request *req, const char *path) {
  const enum http_method method = http_method(req);
  if (method != HTTP_GET && method != HTTP_HEAD)
    return false;
  for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
    if (strcmp(assets[i].path, path) == 0) {
      assets[i].serve(office, req);
      return true;
    }
  return web_serve(req, path);
}
