/*
 * The files of a night, made from its document alone: brief.html, brief.pdf, brief.csv, brief.txt, brief.json, and manifest.json,
 * which names each with its length and checksum. The manifest is written last: a folder with a manifest is whole.
 */
#ifndef SG_REPORT_FILES_H
#define SG_REPORT_FILES_H

#include "base/file.h"
#include "paper/paper.h"

#include <jansson.h>
#include <stdbool.h>

enum { FILES_FORMS = 5, FILES_ALL /* and the manifest */ };

struct night_files {
  struct paper_bytes file[FILES_ALL];
};

/* Everything that stands in the folder, and the manifest as JSON (for the run's row). 0, E_NOMEM, or E_LIMIT for a document larger
 * than a sheet takes. */
int files_render(const json_t *document, struct night_files *ret, json_t **ret_manifest) MUSTCHECK;
void files_done(struct night_files *files);

/* Whether the folder holds them, as far as lengths tell. */
bool files_there(const struct night_files *files, const char *directory);
int files_write(const struct night_files *files, const char *directory, char reason[FILE_REASON]) MUSTCHECK;

#endif
