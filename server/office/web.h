/*
 * The pages of the dean's office inside the program: what server/web is built to, as a table.
 *
 * The table and the bytes are made by server/web/pack.mjs at build time.
 */
#ifndef SG_OFFICE_WEB_H
#define SG_OFFICE_WEB_H

#include <stdbool.h>
#include <stddef.h>

struct web_bytes {
  size_t at, len;   /* in web_pack */
  const char *etag; /* of these very bytes, as etag_make() makes it; NULL: there are none */
};

struct web_asset {
  const char *path;  /* "/assets/index-Bx3kq9Zu.js"; "/" is the page itself */
  const char *media; /* "text/css; charset=utf-8" */
  struct web_bytes plain, brotli;
  bool is_immutable; /* the name has a hash of the content: other bytes would have another name */
};

extern const unsigned char web_pack[];
extern const struct web_asset web_assets[]; /* sorted by path, byte by byte */
extern const size_t web_assets_n;
extern const char *const web_pages[]; /* addresses that the page knows, as patterns: "/students/{student}" */
extern const size_t web_pages_n;

const struct web_asset *web_find(const char *path); /* NULL: there is none */
bool web_is_page(const char *path);
/* Whether Accept-Encoding (NULL: the request has none) names br, and not with a weight of zero. */
bool web_takes_brotli(const char *accept_encoding);

#endif
