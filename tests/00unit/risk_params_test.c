/* The parameter reader: both shipped sets, and every way in which a file can be wrong, with line and key. */
#include "risk/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct risk_params *shipped(const char *name) {
  struct risk_params_fault fault;
  size_t len = 0;
  const char *text = risk_params_builtin(name, &len);
  assert_non_null(text);
  assert_int_equal(len, strlen(text));
  struct risk_params *params = risk_params_parse(text, len, NULL, 0, &fault);
  assert_non_null(params);
  return params;
}

static void both_sets_are_whole(void **state) {
  (void)state;
  struct risk_params *params = shipped(RISK_PARAMS_DEFAULT);
  assert_string_equal(risk_params_version(params), RISK_PARAMS_DEFAULT);
  assert_true(params->cut_epc == 60);
  assert_true(risk_params_knows(params, "cbssa"));
  assert_true(risk_params_knows(params, "school_exam"));
  assert_false(risk_params_knows(params, "CBSSA"));
  assert_false(risk_params_knows(params, ""));
  risk_params_free(params);
  params = shipped(RISK_PARAMS_STRICT);
  assert_true(params->cut_epc == 62);
  risk_params_free(params);
  size_t len;
  assert_null(risk_params_builtin("default-1", &len));
}

static void every_known_instrument_is_usable(void **state) {
  (void)state;
  struct risk_params *params = shipped(RISK_PARAMS_DEFAULT);
  for (unsigned i = 0; i < params->instruments_n; i++) {
    const struct known_instrument *known = &params->instruments[i];
    assert_true(known->usable);
    assert_ptr_equal(params_instrument(params, known->code), known);
    assert_true(known->variance >= 1 && isfinite(known->variance));
  }
  assert_true(params_instrument(params, "cbssa")->check);
  assert_false(params_instrument(params, "qbank_uworld")->check);
  assert_int_equal(params_instrument(params, "cbse")->maker, MODEL_NO_MAKER);
  assert_int_equal(params_instrument(params, "uwsa1")->maker, params_instrument(params, "qbank_uworld")->maker);
  /* 12.6 three-digit points at 2.1 a point */
  assert_true(fabs(params_instrument(params, "uwsa2")->variance - 36) < 1e-9);
  risk_params_free(params);
}

struct slip {
  const char *find, *put; /* in the text of the shipped set */
  const char *key, *reason;
};

/* A copy of it with one passage replaced; its length in *ret_len. */
static char *with_slip(const struct slip *slip, size_t *ret_len) {
  size_t len;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  const char *at = strstr(text, slip->find);
  assert_non_null(at);
  char *out = malloc(len + strlen(slip->put) + 1);
  assert_non_null(out);
  int made = snprintf(out, len + strlen(slip->put) + 1, "%.*s%s%s", (int)(at - text), text, slip->put, at + strlen(slip->find));
  *ret_len = (size_t)made;
  return out;
}

static void a_slip_is_told_with_line_and_key(void **state) {
  (void)state;
  static const struct slip slips[] = {
      {"cut_epc = 60 ", "cut_epc = sixty ", "cut_epc", "is not a number"},
      {"cut_epc = 60 ", "cut_epc = 19 ", "cut_epc", "is outside 20 to 90"},
      {"cut_epc = 60 ", "cut_epc = nan ", "cut_epc", "is not a number"},
      {"cut_epc = 60 ", "cut_epc = 1e999 ", "cut_epc", "is not a number"},
      {"cut_epc = 60 ", "cut_epc 60 ", "", "is neither `name = value` nor a comment after ;"},
      {"cut_epc = 60 ", "cut_ecp = 60 ", "cut_ecp", "is not a parameter of this version"},
      {"cut_epc = 60 ", "cut_epc = 60\ncut_epc = 60 ", "cut_epc", "is there twice"},
      {"cut_epc = 60 ", "; ", "cut_epc", "is missing"},
      {"version = " RISK_PARAMS_DEFAULT " ", "version = ", "version", "must be one word"},
      {"version = " RISK_PARAMS_DEFAULT " ", "version = a b ", "version", "must be one word"},
      {"version = " RISK_PARAMS_DEFAULT " ", "version = 0123456789012345678901234567890123 ", "version",
       "is longer than 31 characters"},
      {"version = " RISK_PARAMS_DEFAULT " ", "version = a\x01 ", "version", "is too long or holds a control character"},
      {"ceiling = 0.92 ", "ceiling = 0.5 ", "ceiling", "is below floor"},
  };
  for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
    struct risk_params_fault fault = {0};
    size_t len;
    char *text = with_slip(&slips[i], &len);
    assert_null(risk_params_parse(text, len, NULL, 0, &fault));
    assert_string_equal(fault.key, slips[i].key);
    assert_string_equal(fault.reason, slips[i].reason);
    assert_true(fault.line > 0);
    free(text);
  }
}

static struct risk_params *with_instruments(const char *instruments, struct risk_params_fault *ret_fault) {
  size_t len;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  return risk_params_parse(text, len, instruments, strlen(instruments), ret_fault);
}

static void a_schools_instruments_stand_before_the_catalogue(void **state) {
  (void)state;
  struct risk_params_fault fault;
  struct risk_params *params = with_instruments("code,maker,scale,offset,slope,error_sd\n"
                                                "cbssa,NBME,epc,1,1,3\n"
                                                "mock,School,points,,,\n"
                                                "linked,School,points,-100,10,50\n",
                                                &fault);
  assert_non_null(params);
  assert_true(params_instrument(params, "cbssa")->offset == 1);
  assert_true(risk_params_knows(params, "uwsa1"));
  assert_false(params_instrument(params, "mock")->usable);
  assert_true(params_instrument(params, "linked")->usable);
  assert_true(params_instrument(params, "linked")->variance == 25);
  risk_params_free(params);
}

static void a_wrong_instrument_file_is_told(void **state) {
  (void)state;
  static const struct {
    const char *text, *key;
    unsigned line;
  } wrong[] = {
      {"code,maker,scale,slope\na,M,epc,0\n", "a", 2},
      {"code,maker,scale,slope\na,M,epc,-1\n", "a", 2},
      {"code,maker,scale,slope\na,M,epc,x\n", "a", 2},
      {"code,maker,scale,items\na,M,percent,2000\n", "a", 2},
      {"code,maker,scale,error_sd\na,M,epc,1\nb,M,epc,-1\n", "b", 3},
      {"code,maker,scale\na,M,epc\na,M,epc\n", "a", 3},
      {"code,maker,scale\n", "", 0},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct risk_params_fault fault = {0};
    assert_null(with_instruments(wrong[i].text, &fault));
    assert_string_equal(fault.key, wrong[i].key);
    assert_int_equal(fault.line, wrong[i].line);
    assert_true(fault.reason[0] != '\0');
  }
}

static void more_makers_than_places_are_part_of_the_error(void **state) {
  (void)state;
  char text[4096];
  size_t len = (size_t)snprintf(text, sizeof text, "code,maker,scale,offset,slope,error_sd\n");
  for (int i = 0; i < 20; i++)
    len += (size_t)snprintf(text + len, sizeof text - len, "c%d,Maker %d,epc,0,1,3\n", i, i);
  struct risk_params_fault fault;
  struct risk_params *params = with_instruments(text, &fault);
  assert_non_null(params);
  assert_int_equal(params_instrument(params, "c15")->maker, 15);
  assert_true(params_instrument(params, "c15")->variance == 9);
  assert_int_equal(params_instrument(params, "c16")->maker, MODEL_NO_MAKER);
  assert_true(params_instrument(params, "c16")->variance == 9 + params->maker_offset_sd_epc * params->maker_offset_sd_epc);
  risk_params_free(params);
}

static void lists_hold_words(void **state) {
  (void)state;
  assert_true(params_list_has("nbme usmle", "USMLE"));
  assert_true(params_list_has("  nbme  ", "nbme"));
  assert_false(params_list_has("nbme usmle", "nb"));
  assert_false(params_list_has("nbme", "nbmex"));
  assert_false(params_list_has("nbme", ""));
  assert_false(params_list_has("", "nbme"));
}

/* The set as it was written before recalibration and some rules came: the same estimates and flags for ever. */
static void an_older_set_lacks_what_came_later(void **state) {
  (void)state;
  static const char *const later[] = {"recalibration_", "timing_seconds",   "avoidance_", "retake_",
                                      "study_window",   "goals_",           "cramming_",  "confidence_",
                                      "review_",        "over_confidence_", "panic_"};
  size_t len, kept = 0;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  char *older = malloc(len);
  assert_non_null(older);
  for (const char *at = text; at < text + len;) {
    size_t line = strcspn(at, "\n") + 1;
    bool there = true;
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
      there &= strncmp(at, later[i], strlen(later[i])) != 0;
    if (there) {
      memcpy(older + kept, at, line);
      kept += line;
    }
    at += line;
  }
  assert_true(kept < len);
  struct risk_params_fault fault;
  struct risk_params *params = risk_params_parse(older, kept, NULL, 0, &fault);
  assert_non_null(params);
  assert_true(params->recalibration_intercept_first == 0 && params->recalibration_slope_first == 1);
  assert_true(params->recalibration_intercept_repeat == 0 && params->recalibration_slope_repeat == 1);
  assert_true(params->timing_seconds == 1e6 && params->avoidance_moves > UINT16_MAX && params->retake_free > RISK_MAX_SITTINGS);
  double never =
      fmin(fmin(params->goals_missed_weeks, params->cramming_weeks), fmin(params->confidence_said, params->review_weeks));
  assert_true(never > UINT16_MAX && params->over_confidence_gap == 1 && params->panic_gap == 1);
  risk_params_free(params);
  free(older);
}

static void recalibration_rises_and_is_neutral_at_0_and_1(void **state) {
  (void)state;
  static const double slopes[] = {0.2, 0.7, 1, 1.3, 5};
  for (size_t s = 0; s < sizeof slopes / sizeof slopes[0]; s++) {
    double last = 0;
    for (double z = -40; z <= 40; z += 0.125) {
      double p = normal_cdf(z), now = risk_recalibrated(p, -0.3, slopes[s]);
      assert_true(now >= last && now <= 1);
      assert_true(risk_recalibrated(p, 0, 1) == p);
      last = now;
    }
    assert_true(risk_recalibrated(0, -0.3, slopes[s]) == 0 && risk_recalibrated(1, -0.3, slopes[s]) == 1);
  }
  assert_true(fabs(risk_recalibrated(0.5, 1, 2) - 1 / (1 + exp(-1))) < 1e-15);
  assert_true(fabs(risk_recalibrated(0.8, 0, 2) - 16.0 / 17) < 1e-15);
}

static void the_normal_distribution_inverts(void **state) {
  (void)state;
  assert_true(normal_quantile(0.5) == 0 || fabs(normal_quantile(0.5)) < 1e-15);
  assert_true(fabs(normal_quantile(0.975) - 1.959963984540054) < 1e-12);
  for (double p = 0.001; p < 1; p += 0.037)
    assert_true(fabs(normal_cdf(normal_quantile(p)) - p) < 1e-14);
  assert_true(normal_cdf(-1e308) == 0 && normal_cdf(1e308) == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_sets_are_whole),
      cmocka_unit_test(every_known_instrument_is_usable),
      cmocka_unit_test(a_slip_is_told_with_line_and_key),
      cmocka_unit_test(a_schools_instruments_stand_before_the_catalogue),
      cmocka_unit_test(a_wrong_instrument_file_is_told),
      cmocka_unit_test(more_makers_than_places_are_part_of_the_error),
      cmocka_unit_test(lists_hold_words),
      cmocka_unit_test(an_older_set_lacks_what_came_later),
      cmocka_unit_test(recalibration_rises_and_is_neutral_at_0_and_1),
      cmocka_unit_test(the_normal_distribution_inverts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
