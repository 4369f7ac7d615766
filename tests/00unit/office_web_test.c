/* The table of pages: in order, its bytes are there and called what they are, and what a browser says about compression. */
#include "office/web.h"

#include "office/etag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool has_prefix(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void every_asset_is_found(void **state) {
  (void)state;
  char longer[300];
  for (size_t i = 0; i < web_assets_n; i++) {
    const struct web_asset *asset = &web_assets[i];
    assert_true(i == 0 || strcmp(web_assets[i - 1].path, asset->path) < 0);
    assert_ptr_equal(web_find(asset->path), asset);
    snprintf(longer, sizeof longer, "%s/", asset->path);
    assert_null(web_find(longer));
  }
  static const char *const needed[] = {"/", "/favicon.svg", "/robots.txt"};
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    assert_non_null(web_find(needed[i]));
  static const char *const absent[] = {"", "//", "/index.html", "/assets", "/assets/", "/ASSETS/", "/robots.txt ", "robots.txt"};
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
    assert_null(web_find(absent[i]));
}

static void bytes_are(const struct web_bytes *bytes) {
  char etag[ETAG_TEXT];
  etag_make(web_pack + bytes->at, bytes->len, etag);
  assert_string_equal(bytes->etag, etag);
}

/* The tags are made by another program, of the bytes that it packed: when they are right, all the rest is. */
static void every_tag_is_that_of_its_bytes(void **state) {
  (void)state;
  for (size_t i = 0; i < web_assets_n; i++) {
    const struct web_asset *asset = &web_assets[i];
    bytes_are(&asset->plain);
    if (!asset->brotli.etag) {
      assert_int_equal(asset->brotli.len, 0);
      continue;
    }
    bytes_are(&asset->brotli);
    assert_true(asset->brotli.len < asset->plain.len);
    assert_string_not_equal(asset->brotli.etag, asset->plain.etag);
  }
}

static void what_is_kept_has_a_hash_in_its_name(void **state) {
  (void)state;
  for (size_t i = 0; i < web_assets_n; i++) {
    assert_int_equal(web_assets[i].is_immutable, has_prefix(web_assets[i].path, "/assets/"));
    if (web_assets[i].is_immutable)
      assert_non_null(strrchr(web_assets[i].path, '-'));
  }
}

static void pages_have_addresses(void **state) {
  (void)state;
  static const char *const yes[] = {"/students", "/students/1017", "/students/a%b", "/students/..x"};
  static const char *const no[] = {"", "/Students", "/students/", "/students/1017/", "/students//", "/nothing", "students"};
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    assert_true(web_is_page(yes[i]));
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    assert_false(web_is_page(no[i]));
  for (size_t i = 0; i < web_pages_n; i++)
    assert_false(has_prefix(web_pages[i], "/api/") || has_prefix(web_pages[i], "/assets/"));
}

static void what_takes_brotli(void **state) {
  (void)state;
  static const char *const yes[] = {"br",        "BR",          "gzip, deflate, br, zstd",
                                    "gzip,br",   "br;q=0.5",    "br ; q=1",
                                    ",,br",      "gzip;q=0,br", "br;q=0.001,",
                                    "br; Q=1.0", "\tbr\t",      "br;",
                                    "br;x=0",    "br;x=0;q=1"};
  static const char *const no[] = {"",
                                   "gzip",
                                   "brx",
                                   "xbr",
                                   "br=1",
                                   "identity",
                                   "*",
                                   "br;q=0",
                                   "br;q=0.0",
                                   "br;q=0.000",
                                   "br ; q=0 ",
                                   "br;q=0, gzip",
                                   "b r",
                                   "bro, gzip",
                                   ";br",
                                   ",",
                                   "br;q=0;a=1",
                                   "br;a=1;q=0",
                                   "br ; a=1 ; q=0.0 ",
                                   "br;q=0 ;a"};
  assert_false(web_takes_brotli(NULL));
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    if (!web_takes_brotli(yes[i]))
      fail_msg("'%s' takes it", yes[i]);
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    if (web_takes_brotli(no[i]))
      fail_msg("'%s' does not", no[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_asset_is_found),
      cmocka_unit_test(every_tag_is_that_of_its_bytes),
      cmocka_unit_test(what_is_kept_has_a_hash_in_its_name),
      cmocka_unit_test(pages_have_addresses),
      cmocka_unit_test(what_takes_brotli),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
