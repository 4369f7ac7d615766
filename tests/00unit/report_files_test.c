/* The files of a night: the same bytes for whoever asks, each vouched for by the manifest, and a folder that lacks something seen.
 */
#include "report/files.h"

#include "base/digest.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char document_text[] =
    "{\"school\": \"School of the tests\", \"school_code\": \"demo\", \"zone\": \"America/New_York\", \"night\": \"2026-03-02\","
    " \"as_of\": \"2026-03-02T08:00:00+00:00\", \"parameters\": \"default-2\", \"previous_night\": \"2026-03-01\", \"students\": 2,"
    " \"assessed\": 2, \"waiting\": 1, \"counts\": {\"at_risk\": 1, \"borderline\": 0, \"on_track\": 1, \"cannot_say\": 0},"
    " \"lists\": [{\"code\": \"new\", \"title\": \"New\", \"means\": \"Needs somebody since.\", \"n\": 1,"
    "              \"lines\": [{\"student_id\": \"17\", \"text\": \"P(pass) is 34 %.\", \"state\": \"at_risk\"}]}],"
    " \"did_not_run\": [], \"evaluated\": {\"students\": 2}}";

static json_t *document(void) {
  json_error_t fault;
  json_t *ret = json_loads(document_text, 0, &fault);
  assert_non_null(ret);
  return ret;
}

static void whoever_asks_gets_the_same_bytes(void **state) {
  (void)state;
  struct night_files here, there;
  json_t *of = document(), *manifest_here, *manifest_there;
  assert_int_equal(files_render(of, &here, &manifest_here), E_OK);
  setenv("COLUMNS", "200", 1);
  setenv("LC_ALL", "C", 1);
  setenv("TZ", "Asia/Tokyo", 1);
  assert_int_equal(files_render(of, &there, &manifest_there), E_OK);
  for (int i = 0; i < FILES_ALL; i++) {
    assert_int_equal(here.file[i].len, there.file[i].len);
    assert_memory_equal(here.file[i].data, there.file[i].data, here.file[i].len);
    assert_true(here.file[i].len > 0);
  }
  assert_true(json_equal(manifest_here, manifest_there));
  json_decref(manifest_here);
  json_decref(manifest_there);
  json_decref(of);
  files_done(&here);
  files_done(&there);
}

static void the_manifest_vouches_for_each(void **state) {
  (void)state;
  struct night_files files;
  json_t *of = document(), *manifest, *entry;
  size_t i;
  assert_int_equal(files_render(of, &files, &manifest), E_OK);
  assert_int_equal(json_array_size(json_object_get(manifest, "files")), FILES_FORMS);
  json_array_foreach(json_object_get(manifest, "files"), i, entry) {
    uint8_t sha256[DIGEST_BYTES];
    char hex[DIGEST_TEXT];
    digest_sha256(sha256, files.file[i].data, files.file[i].len);
    digest_hex(hex, sha256, sizeof sha256);
    assert_string_equal(json_string_value(json_object_get(entry, "sha256")), hex);
    assert_int_equal(json_integer_value(json_object_get(entry, "bytes")), files.file[i].len);
  }
  assert_string_equal(json_string_value(json_object_get(manifest, "night")), "2026-03-02");
  assert_non_null(strstr(files.file[FILES_FORMS].data, "\"brief.pdf\""));
  json_decref(manifest);
  json_decref(of);
  files_done(&files);
}

static void a_folder_that_lacks_something_is_seen(void **state) {
  (void)state;
  char directory[] = "/tmp/sg-files-XXXXXX", night[64], path[96], reason[FILE_REASON];
  struct night_files files;
  json_t *of = document(), *manifest;
  assert_non_null(mkdtemp(directory));
  snprintf(night, sizeof night, "%s/2026-03-02", directory);
  assert_int_equal(files_render(of, &files, &manifest), E_OK);
  assert_false(files_there(&files, night));
  assert_int_equal(files_write(&files, night, reason), E_OK);
  assert_true(files_there(&files, night));
  json_t *entry;
  size_t i;
  json_array_foreach(json_object_get(manifest, "files"), i, entry) {
    snprintf(path, sizeof path, "%s/%s", night, json_string_value(json_object_get(entry, "name")));
    assert_int_equal(truncate(path, 3), 0);
    assert_false(files_there(&files, night));
    assert_int_equal(files_write(&files, night, reason), E_OK);
    assert_true(files_there(&files, night));
  }
  json_array_foreach(json_object_get(manifest, "files"), i, entry) {
    snprintf(path, sizeof path, "%s/%s", night, json_string_value(json_object_get(entry, "name")));
    assert_int_equal(unlink(path), 0);
  }
  snprintf(path, sizeof path, "%s/manifest.json", night);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(rmdir(night), 0);
  assert_int_equal(rmdir(directory), 0);
  assert_int_not_equal(files_write(&files, "/dev/null/night", reason), E_OK);
  assert_true(reason[0] != '\0');
  json_decref(manifest);
  json_decref(of);
  files_done(&files);
}

/* A document of another version, or of none: a page all the same, or a refusal, never a fall. */
static void nothing_is_taken_for_granted(void **state) {
  (void)state;
  struct night_files files;
  json_t *whole = document(), *manifest, *value;
  const char *key;
  json_object_foreach(whole, key, value) {
    json_t *less = json_deep_copy(whole);
    json_object_del(less, key);
    assert_int_equal(files_render(less, &files, &manifest), E_OK);
    files_done(&files);
    json_decref(manifest);
    json_decref(less);
  }
  json_t *none = json_array();
  assert_int_equal(files_render(none, &files, &manifest), E_DATA);
  json_decref(none);
  json_decref(whole);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whoever_asks_gets_the_same_bytes),
      cmocka_unit_test(the_manifest_vouches_for_each),
      cmocka_unit_test(a_folder_that_lacks_something_is_seen),
      cmocka_unit_test(nothing_is_taken_for_granted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
