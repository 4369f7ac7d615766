/* The table of settings and how one value is read. Private to conf.c; everybody else sees struct conf. */
#ifndef SG_BASE_CONF_TABLE_H
#define SG_BASE_CONF_TABLE_H

#include "base/conf.h"

enum conf_type {
  CONF_TEXT,    /* anything but nothing */
  CONF_CODE,    /* a-z 0-9 -, for certificates and file names */
  CONF_ZONE,    /* IANA name that this machine's tzdata has */
  CONF_PATH,    /* relative ones count from the configuration file's directory; "credential:name" from $CREDENTIALS_DIRECTORY */
  CONF_ADDRESS, /* 127.0.0.1:7443, [::]:7443, fd:3 */
  CONF_NUMBER,
  CONF_LEVEL, /* error warn info debug */
};

struct conf_row {
  const char *section, *name;
  enum conf_type type;
  size_t offset;     /* in struct conf, of a char * or an int */
  int low, high;     /* of a number or of the length of a text */
  const char *value; /* default as it stands in a file; NULL: required; "": may be left out; "=section.name": that key's value */
  bool reload;       /* HUP may change it */
  const char *help;
};

extern const struct conf_row conf_rows[];
extern const size_t conf_rows_n;
enum { CONF_ROWS_MAX = 96 };

const char *conf_type_name(enum conf_type type);
bool conf_type_is_number(enum conf_type type); /* stored as int; all others as char * */

/* Reads one value into its place. `directory` is that of the file, with a closing slash, or "". 0; E_INVALID with a reason;
 * E_NOMEM. */
int conf_value_read(const struct conf_row *row, const char *text, const char *directory, struct conf *conf, char *reason,
                    size_t reason_cap) MUSTCHECK;

#endif
