/*
 * Looking things up in the table of pages, and what a browser says about compression.
 *
 * A path is compared with those in the table and never becomes the name of a file, so that there is no directory to climb out
 * of. All the addresses that the page itself knows lead to the one document, which looks at its own address when it is there:
 * a link into the middle of the office works, and so does loading it anew.
 *
 * Compression is chosen between the two forms that the build has made. Rejected: compressing while somebody waits (the slow
 * settings are the ones that save), and gzip beside brotli (every browser that runs the page takes brotli over TLS).
 */
#include "office/web.h"

#include "office/route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int path_compare(const void *path, const void *asset) {
  return strcmp(path, ((const struct web_asset *)asset)->path);
}

const struct web_asset *web_find(const char *path) {
  return bsearch(path, web_assets, web_assets_n, sizeof *web_assets, path_compare);
}

bool web_is_page(const char *path) {
  for (size_t i = 0; i < web_pages_n; i++)
    if (route_path_fits(web_pages[i], path))
      return true;
  return false;
}

/* "0", "0.0", "0.000": what RFC 9110, 12.4.2 calls not acceptable. */
static bool weight_is_zero(const char *at, size_t len) {
  return len > 0 && strspn(at, "0.") >= len;
}

/* One element of the list, without the comma: "br", "br;q=0.5", " br ; Q=0 ". */
static bool element_is_brotli(const char *at, size_t len) {
  static const char name[] = "br", blank[] = " \t";
  const char *end = at + len;
  at += strspn(at, blank);
  if (at >= end || strncasecmp(at, name, sizeof name - 1) != 0)
    return false;
  at += sizeof name - 1;
  at += strspn(at, blank);
  if (at >= end)
    return true;
  for (; at < end && *at == ';'; at += strcspn(at, ",;")) { /* a parameter, and the next */
    at++;
    at += strspn(at, blank);
    if (at < end && strncasecmp(at, "q=", 2) == 0)
      return !weight_is_zero(at + 2, strcspn(at + 2, ",; \t"));
  }
  return at >= end;
}

bool web_takes_brotli(const char *accept_encoding) {
  const char *at = accept_encoding ? accept_encoding : "";
  while (*at) {
    const size_t len = strcspn(at, ",");
    if (element_is_brotli(at, len))
      return true;
    at += len + (at[len] == ',');
  }
  return false;
}
