/* The catalogue: every code of results.csv is there, its numbers are usable, and areas are found by both their names. */
#include "proto/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static void the_codes_people_write(void **state) {
  (void)state;
  static const char *const codes[] = {"cbssa",        "cbse",        "uwsa1",      "uwsa2",        "uwsa3",
                                      "free120",      "free120_old", "amboss_sa",  "qbank_uworld", "qbank_amboss",
                                      "qbank_kaplan", "qbank_other", "school_exam"};
  assert_int_equal(catalogue_instruments_n, sizeof(codes) / sizeof(codes[0]));
  for (size_t i = 0; i < catalogue_instruments_n; i++)
    assert_ptr_equal(catalogue_instrument(codes[i]), &catalogue_instruments[i]);
  assert_null(catalogue_instrument("CBSSA"));
  assert_null(catalogue_instrument(""));
}

static void numbers_are_known_together_and_sourced(void **state) {
  (void)state;
  for (size_t i = 0; i < catalogue_instruments_n; i++) {
    const struct instrument *instrument = &catalogue_instruments[i];
    bool unknown = isnan(instrument->offset);
    assert_int_equal(!!isnan(instrument->slope), unknown);
    assert_int_equal(!!isnan(instrument->error_sd), unknown);
    assert_true(unknown || (instrument->slope > 0 && instrument->error_sd > 0));
    assert_true(unknown || (instrument->source[0] && instrument->grade[0]));
    assert_non_null(catalogue_scale(instrument->scale));
  }
}

/* 196, the passing standard, is EPC 60 on every three-digit instrument. */
static void the_pass_mark_is_one_point(void **state) {
  (void)state;
  for (size_t i = 0; i < catalogue_instruments_n; i++)
    if (catalogue_instruments[i].scale == SCALE_THREE_DIGIT)
      assert_true(fabs(catalogue_instruments[i].offset + catalogue_instruments[i].slope * 60 - 196) < 1e-9);
}

static void areas_by_code_name_and_number(void **state) {
  (void)state;
  const struct area *cardio = catalogue_area("system", "cardiovascular");
  assert_non_null(cardio);
  assert_ptr_equal(catalogue_area("system", "Cardiovascular System"), cardio);
  assert_ptr_equal(catalogue_area_number(cardio->number), cardio);
  assert_null(catalogue_area("discipline", "cardiovascular"));
  assert_null(catalogue_area_number(0));
  assert_null(catalogue_area_number(300));
  for (size_t i = 0; i < catalogue_areas_n; i++) {
    assert_ptr_equal(catalogue_area(catalogue_areas[i].axis, catalogue_areas[i].code), &catalogue_areas[i]);
    assert_ptr_equal(catalogue_area_number(catalogue_areas[i].number), &catalogue_areas[i]);
  }
}

static void the_topics_make_one_form(void **state) {
  (void)state;
  double items = 0;
  for (size_t i = 0; i < catalogue_areas_n; i++)
    if (strcmp(catalogue_areas[i].axis, "topic") == 0)
      items += catalogue_areas[i].per_200;
  assert_true(fabs(items - 200) < 1);
}

static void scales_by_number_and_name(void **state) {
  (void)state;
  for (enum scale scale = SCALE_EPC; scale <= SCALE_OWN; scale++) {
    const struct scale_info *info = catalogue_scale(scale);
    assert_non_null(info);
    assert_ptr_equal(catalogue_scale_named(info->name), info);
    assert_true(info->low_centi < info->high_centi);
  }
  assert_null(catalogue_scale(SCALE_NONE));
  assert_null(catalogue_scale((enum scale)99));
  assert_null(catalogue_scale_named("EPC"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_codes_people_write),     cmocka_unit_test(numbers_are_known_together_and_sourced),
      cmocka_unit_test(the_pass_mark_is_one_point), cmocka_unit_test(areas_by_code_name_and_number),
      cmocka_unit_test(the_topics_make_one_form),   cmocka_unit_test(scales_by_number_and_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
