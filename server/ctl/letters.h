/* One-time codes as files for letters, which only their owner reads. */
#ifndef SG_CTL_LETTERS_H
#define SG_CTL_LETTERS_H

#include "base/file.h"
#include "pki/codes.h"

/* One CSV for a mail merge, which must not exist yet; or a file `<student_id>.code` each. */
int letters_write_csv(const struct codes *codes, const char *path, const char *expires, char reason[FILE_REASON]) MUSTCHECK;
int letters_write_files(const struct codes *codes, const char *directory, char reason[FILE_REASON]) MUSTCHECK;

#endif
