/*
 * A row of subscores.csv to a struct subscore, checked. An area has a number for the wire and for what is stored, and two words
 * here, because a file is read by people; both are in proto/catalogue/areas.csv.
 *
 * A file of its own rather than columns of results.csv: forms have between none and two dozen areas, on axes that count the same
 * items again, and a spreadsheet with a column for each would be empty in most cells.
 */
#include "proto/subscore.h"

#include "proto/limits.h"
#include "proto/result.h"

enum { COL_RESULT, COL_AXIS, COL_AREA, COL_ITEMS, COL_CORRECT };

const struct csv_column subscore_columns[SUBSCORE_COLUMNS] = {
    [COL_RESULT] = {"result_id", "id", true}, [COL_AXIS] = {"axis", NULL, true},       [COL_AREA] = {"area", NULL, true},
    [COL_ITEMS] = {"items", NULL, true},      [COL_CORRECT] = {"correct", NULL, true},
};

int subscore_read(uint64_t line, const char *const *fields, struct subscore *ret, struct csv_finding *ret_finding) {
  int32_t items, correct;
  const struct area *area = catalogue_area(fields[COL_AXIS], fields[COL_AREA]);
  *ret = (struct subscore){.line = (uint32_t)line};
  if (uuid_parse(ret->id, fields[COL_RESULT]) != 0)
    csv_finding_make(ret_finding, line, "result_id", fields[COL_RESULT], "the id is not a UUID; it names the result's row");
  else if (!area)
    csv_finding_make(ret_finding, line, "area", fields[COL_AREA], "the axis \"%.40s\" has no such area", fields[COL_AXIS]);
  else if (result_parse_count(fields[COL_ITEMS], &items) != 0 || items < 1 || items > LIMIT_ITEMS)
    csv_finding_make(ret_finding, line, "items", fields[COL_ITEMS], "is not a whole number from 1 to %d", LIMIT_ITEMS);
  else if (result_parse_count(fields[COL_CORRECT], &correct) != 0 || correct > items)
    csv_finding_make(ret_finding, line, "correct", fields[COL_CORRECT], "is not a whole number from 0 to the %d items", items);
  else {
    ret->items = (uint16_t)items;
    ret->correct = (uint16_t)correct;
    ret->area = area->number;
    return 0;
  }
  return -1;
}
