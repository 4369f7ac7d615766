/* Names, sentences and faults of the errors, read off the one table in err.h. A number that is not in it is our own slip, and
 * still gets an answer: whoever logs or refuses must not fail at that. */
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

static const struct {
  int code;
  enum fault fault;
  const char *name, *text;
} rows[] = {{E_OK, FAULT_NONE, "E_OK", "all is well"},
#define X(code, name, fault, text) {code, FAULT_##fault, #name, text},
            ERR_TABLE(X)
#undef X
};

static size_t row_of(int err) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].code == err)
      return i;
  return SIZE_MAX;
}

const char *err_name(int err) {
  size_t i = row_of(err);
  return i == SIZE_MAX ? "E_?" : rows[i].name;
}

const char *err_text(int err) {
  size_t i = row_of(err);
  return i == SIZE_MAX ? "an error without a name" : rows[i].text;
}

enum fault err_fault(int err) {
  size_t i = row_of(err);
  return i == SIZE_MAX ? FAULT_INTERNAL : rows[i].fault;
}
