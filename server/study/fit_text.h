/* Numbers in the text of a parameter file: looked up, and replaced with everything else left as it stands. */
#ifndef SG_STUDY_FIT_TEXT_H
#define SG_STUDY_FIT_TEXT_H

#include "base/buf.h"

#include <stddef.h>

struct fit_change {
  const char *name, *value; /* value: what stands behind `name =` */
  const char *source;       /* the comment after it; NULL: the old one stays */
};

/* NaN where the text has no such name. */
double fit_text_number(const char *text, size_t len, const char *name);
/* The value behind the name, without its comment; "" where the text has no such name. */
void fit_text_word(const char *text, size_t len, const char *name, char *out, size_t cap);
/* The text with each named line changed, and those that were not there at its end; comments between the lines stay. */
void fit_text_change(struct buf *buf, const char *text, size_t len, const struct fit_change *changes, size_t n);

#endif
