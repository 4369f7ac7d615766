/*
 * Looking things up in the catalogue. The tables themselves are data (proto/catalogue/), turned into C at build time, so
 * that a number in them has one home, a source and a grade beside it, and no program needs a file at run time.
 *
 * Linear search: the longest table has 43 rows and is asked once per row of a file. A sorted table or a hash would save
 * nanoseconds and cost the free order of the data files.
 */
#include "proto/catalogue.h"

#include <string.h>

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define CENTI(points) ((points)*100)

/* Bounds from the makers: three-digit scores were reported from 1 to 300, NBME's old scale from 10 to 800; old CBSE scores
 * have mean 70 and sd 8, so 130 is seven and a half sd above and only stops slips of the pen. */
static const struct scale_info scales[] = {
    {SCALE_EPC, "epc", CENTI(0), CENTI(100)},
    {SCALE_PERCENT, "percent", CENTI(0), CENTI(100)},
    {SCALE_THREE_DIGIT, "three_digit", CENTI(1), CENTI(300)},
    {SCALE_NBME800, "nbme800", CENTI(10), CENTI(800)},
    {SCALE_CBSE_OLD, "cbse_old", CENTI(0), CENTI(130)},
    {SCALE_OWN, "own", CENTI(-1000000), CENTI(1000000)},
};

const struct instrument *catalogue_instrument(const char *code) {
  for (size_t i = 0; i < catalogue_instruments_n; i++)
    if (strcmp(catalogue_instruments[i].code, code) == 0)
      return &catalogue_instruments[i];
  return NULL;
}

const struct area *catalogue_area(const char *axis, const char *code) {
  for (size_t i = 0; i < catalogue_areas_n; i++) {
    const struct area *area = &catalogue_areas[i];
    if (strcmp(area->axis, axis) == 0 && (strcmp(area->code, code) == 0 || strcmp(area->name, code) == 0))
      return area;
  }
  return NULL;
}

const struct area *catalogue_area_number(unsigned number) {
  for (size_t i = 0; i < catalogue_areas_n; i++)
    if (catalogue_areas[i].number == number)
      return &catalogue_areas[i];
  return NULL;
}

const struct scale_info *catalogue_scale(enum scale scale) {
  for (size_t i = 0; i < COUNT(scales); i++)
    if (scales[i].scale == scale)
      return &scales[i];
  return NULL;
}

const struct scale_info *catalogue_scale_named(const char *name) {
  for (size_t i = 0; i < COUNT(scales); i++)
    if (strcmp(scales[i].name, name) == 0)
      return &scales[i];
  return NULL;
}
