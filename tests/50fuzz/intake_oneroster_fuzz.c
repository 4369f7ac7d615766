/*
 * Any bytes as what somebody brings for a roster: a zip, as the office takes it, or the files of an export, each behind a line with
 * its name, in a folder. Every row that is given is one line of as many cells as the file has columns; every refusal has its words.
 */
#include "base/err.h"
#include "intake/oneroster.h"

#include "tests/50fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CAP_BYTES = 4 * 1024 * 1024, ROWS_BYTES = 8 * 1024 * 1024, FILES = 5 };

static const char *const names[FILES] = {"manifest.csv", "users.csv", "roles.csv", "demographics.csv", "orgs.csv"};

struct seen {
  uint64_t rows, cells;
};

static void on_finding(void *arg, const struct csv_finding *finding, const char *remedy) {
  (void)arg;
  HOLDS(finding->reason[0] && remedy && (finding->warning || *remedy));
}

static int on_rows(void *arg, const char *text, size_t len) {
  struct seen *seen = arg;
  HOLDS(len > 0 && text[len - 1] == '\n' && strlen(text) == len);
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
    uint64_t cells = 0;
    for (const char *at = line; *at != '\n'; at++)
      cells += *at == '\t';
    HOLDS(cells >= 1 && cells <= ONEROSTER_FIELDS && (seen->cells == 0 || seen->cells == cells));
    seen->cells = cells;
    seen->rows++;
  }
  return 0;
}

static void read_all(struct archive *archive) {
  struct seen seen = {0, 0};
  bool delta = false;
  struct intake *intake =
      intake_new(&intake_oneroster, INTAKE_ALL, ROWS_BYTES, &(struct intake_handler){on_finding, on_rows, &seen});
  HOLDS(intake);
  int err = oneroster_read(intake, archive, &delta);
  if (!err)
    err = intake_finish(intake);
  const struct intake_counts *counts = intake_counted(intake);
  HOLDS(err || (counts->good == seen.rows && counts->read == counts->good + counts->refused));
  intake_free(intake);
}

/* "=2" begins the third file. */
static void folder_fill(const char *folder, const uint8_t *data, size_t size) {
  char path[128];
  FILE *out = NULL;
  for (size_t i = 0; i < size; i++) {
    if (data[i] == '=' && i + 1 < size && data[i + 1] >= '0' && data[i + 1] < '0' + FILES) {
      if (out)
        fclose(out);
      snprintf(path, sizeof path, "%s/%s", folder, names[data[++i] - '0']);
      out = fopen(path, "wb");
      HOLDS(out);
    } else if (out)
      fputc(data[i], out);
  }
  if (out)
    fclose(out);
}

static void folder_read(const uint8_t *data, size_t size) {
  char folder[] = "/tmp/oneroster-fuzz-XXXXXX", path[128], reason[ARCHIVE_REASON];
  struct archive *archive = NULL;
  HOLDS(mkdtemp(folder));
  folder_fill(folder, data, size);
  if (archive_open_path(folder, CAP_BYTES, &archive, reason) == 0)
    read_all(archive);
  archive_close(archive);
  for (size_t i = 0; i < FILES; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    unlink(path);
  }
  rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char reason[ARCHIVE_REASON] = "";
  struct archive *archive = NULL;
  if (!archive_is_zip(data, size)) {
    folder_read(data, size);
    return 0;
  }
  if (archive_open_bytes(data, size, CAP_BYTES, &archive, reason) == 0) {
    HOLDS(archive_bytes(archive) <= CAP_BYTES);
    read_all(archive);
    archive_close(archive);
  } else
    HOLDS(reason[0]);
  return 0;
}
