/*
 * A folder or a zip of files.
 *
 * A zip comes from outside and its directory may say anything, so all of it is looked at before anything is unpacked, and what is
 * unpacked is counted again against what it said. Nothing is ever written: an entry's bytes go to who asked for them by name, so a
 * name that leads out of the folder could do no harm; it is refused all the same, because nobody's export has one, and the same
 * file may be unpacked elsewhere tomorrow. A folder is read without following links at its end.
 *
 * Rejected: minizip, a sample beside zlib that leaves names, sizes and encryption to its caller; unpacking into a temporary folder;
 * an own reader of the format. libzip is read from fuzzed corpora, checks the sums, and takes bytes in memory as well as a file.
 */
#include "intake/archive.h"

#include "base/err.h"
#include "base/file.h"
#include "proto/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

enum { PIECE_BYTES = 64 * 1024, UNIX_MODE_SHIFT = 16 };

struct entry {
  char name[ARCHIVE_NAME];
  uint64_t bytes;
  zip_uint64_t index;
};

struct archive {
  zip_t *zip;      /* NULL: a folder */
  char *directory; /* NULL: a zip */
  struct entry entries[ARCHIVE_ENTRIES];
  size_t entries_n;
  uint64_t bytes, cap_bytes;
};

static int PRINTF_LIKE(2, 3) refuse(char reason[ARCHIVE_REASON], const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  utf8_format(reason, ARCHIVE_REASON, fmt, args);
  va_end(args);
  return E_INVALID;
}

/* ---------------------------------------------------------------- entries */

static const struct entry *entry_named(const struct archive *archive, const char *name) {
  for (size_t i = 0; i < archive->entries_n; i++)
    if (strcasecmp(archive->entries[i].name, name) == 0)
      return &archive->entries[i];
  return NULL;
}

/* Why a name may not stand in an archive; NULL where it may. */
static const char *name_fault(const char *name) {
  if (*name == '/' || strchr(name, '\\') || strchr(name, ':'))
    return "has a name that is no plain path";
  for (const char *at = name; *at;) {
    const size_t part = strcspn(at, "/");
    if (part == 2 && at[0] == '.' && at[1] == '.')
      return "has a name that leads out of its folder";
    at += part + (at[part] == '/');
  }
  return NULL;
}

/* Entries that are no CSV (a note, a folder's own) are left alone. */
static int entry_add(struct archive *archive, const char *path, uint64_t bytes, zip_uint64_t index, char reason[ARCHIVE_REASON]) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
  if (bytes > archive->cap_bytes - archive->bytes)
    return refuse(reason, "it holds more than %llu bytes unpacked; bring the files in parts",
                  (unsigned long long)archive->cap_bytes);
  archive->bytes += bytes;
  if (!dot || strcasecmp(dot, ".csv") != 0 || strlen(name) >= ARCHIVE_NAME)
    return E_OK;
  if (entry_named(archive, name))
    return refuse(reason, "%s is in it twice; leave one of the two out", name);
  if (archive->entries_n == ARCHIVE_ENTRIES)
    return refuse(reason, "it has more than %d files; a OneRoster export has fewer", ARCHIVE_ENTRIES);
  struct entry *entry = &archive->entries[archive->entries_n++];
  snprintf(entry->name, sizeof entry->name, "%s", name);
  entry->bytes = bytes;
  entry->index = index;
  return E_OK;
}

/* ---------------------------------------------------------------- a zip */

bool archive_is_zip(const void *bytes, size_t len) {
  static const unsigned char begin[] = {'P', 'K', 3, 4}, empty[] = {'P', 'K', 5, 6};
  return len >= sizeof begin && (memcmp(bytes, begin, sizeof begin) == 0 || memcmp(bytes, empty, sizeof empty) == 0);
}

static int zip_entry_look(struct archive *archive, zip_uint64_t index, char reason[ARCHIVE_REASON]) {
  zip_stat_t stat;
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive->zip, index, 0, &stat) != 0 || (stat.valid & needed) != needed)
    return refuse(reason, "its list of files is damaged; export it again");
  if (!utf8_plain(stat.name, strlen(stat.name)))
    return refuse(reason, "a file in it has a name that does not print; export it again");
  const char *fault = name_fault(stat.name);
  if (!fault && stat.encryption_method != ZIP_EM_NONE)
    fault = "is encrypted; export it without a password";
  if (!fault && zip_file_get_external_attributes(archive->zip, index, 0, &system, &attributes) == 0 && system == ZIP_OPSYS_UNIX &&
      S_ISLNK(attributes >> UNIX_MODE_SHIFT))
    fault = "is a symbolic link; put the file itself in";
  if (!fault && stat.size > ARCHIVE_RATIO_FROM_BYTES && stat.size / ARCHIVE_RATIO > stat.comp_size)
    fault = "is packed so tightly that it cannot be an export";
  if (fault)
    return refuse(reason, "%.100s %s", stat.name, fault);
  return entry_add(archive, stat.name, stat.size, index, reason);
}

static int zip_look(struct archive *archive, char reason[ARCHIVE_REASON]) {
  const zip_int64_t n = zip_get_num_entries(archive->zip, 0);
  if (n > ARCHIVE_ENTRIES)
    return refuse(reason, "it has %lld entries; a OneRoster export has at most %d", (long long)n, ARCHIVE_ENTRIES);
  int err = E_OK;
  for (zip_int64_t i = 0; !err && i < n; i++)
    err = zip_entry_look(archive, (zip_uint64_t)i, reason);
  return err;
}

static int zip_begin(struct archive *archive, zip_source_t *source, zip_error_t *why, char reason[ARCHIVE_REASON]) {
  if (!source)
    return refuse(reason, "%s", zip_error_strerror(why));
  archive->zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, why);
  if (archive->zip)
    return zip_look(archive, reason);
  zip_source_free(source);
  return refuse(reason, "it is no zip that can be read: %s", zip_error_strerror(why));
}

/* ---------------------------------------------------------------- a folder */

static int folder_look(struct archive *archive, char reason[ARCHIVE_REASON]) {
  DIR *dir = opendir(archive->directory);
  int err = dir ? E_OK : E_SYSTEM;
  if (!dir)
    snprintf(reason, ARCHIVE_REASON, "%s: %s", archive->directory, strerror(errno));
  for (struct dirent *one; !err && (one = readdir(dir)) != NULL;) {
    struct stat found;
    if (fstatat(dirfd(dir), one->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(found.st_mode))
      continue;
    const size_t len = strlen(one->d_name);
    const bool csv = len > 4 && strcasecmp(one->d_name + len - 4, ".csv") == 0;
    if (csv && !S_ISREG(found.st_mode))
      err = refuse(reason, "%.100s is no plain file", one->d_name);
    else if (csv)
      err = entry_add(archive, one->d_name, (uint64_t)found.st_size, 0, reason);
  }
  if (dir)
    closedir(dir);
  return err;
}

/* ---------------------------------------------------------------- opening */

static struct archive *archive_new(uint64_t cap_bytes) {
  struct archive *archive = calloc(1, sizeof *archive);
  if (archive)
    archive->cap_bytes = cap_bytes;
  return archive;
}

static int archive_opened(struct archive *archive, int err, struct archive **ret) {
  if (err)
    archive_close(archive);
  else
    *ret = archive;
  return err;
}

bool archive_is_path(const char *path) {
  struct stat found;
  char begin[4] = "";
  if (stat(path, &found) != 0)
    return false;
  if (!S_ISREG(found.st_mode)) /* a pipe is not looked at: what was read of it would be gone */
    return S_ISDIR(found.st_mode);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd >= 0 ? read(fd, begin, sizeof begin) : -1;
  if (fd >= 0)
    close(fd);
  return got == (ssize_t)sizeof begin && archive_is_zip(begin, sizeof begin);
}

int archive_open_path(const char *path, uint64_t cap_bytes, struct archive **ret, char reason[ARCHIVE_REASON]) {
  struct stat found;
  zip_error_t why;
  struct archive *archive = archive_new(cap_bytes);
  if (!archive)
    return E_NOMEM;
  if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
    archive->directory = strdup(path);
    return archive_opened(archive, archive->directory ? folder_look(archive, reason) : E_NOMEM, ret);
  }
  zip_error_init(&why);
  int err = zip_begin(archive, zip_source_file_create(path, 0, -1, &why), &why, reason);
  zip_error_fini(&why);
  return archive_opened(archive, err, ret);
}

int archive_open_bytes(const void *bytes, size_t len, uint64_t cap_bytes, struct archive **ret, char reason[ARCHIVE_REASON]) {
  zip_error_t why;
  struct archive *archive = archive_new(cap_bytes);
  if (!archive)
    return E_NOMEM;
  zip_error_init(&why);
  int err = zip_begin(archive, zip_source_buffer_create(bytes, len, 0, &why), &why, reason);
  zip_error_fini(&why);
  return archive_opened(archive, err, ret);
}

void archive_close(struct archive *archive) {
  if (!archive)
    return;
  if (archive->zip)
    zip_discard(archive->zip);
  free(archive->directory);
  free(archive);
}

bool archive_has(const struct archive *archive, const char *name) {
  return entry_named(archive, name) != NULL;
}

uint64_t archive_bytes(const struct archive *archive) {
  return archive->bytes;
}

/* ---------------------------------------------------------------- reading */

static int zip_entry_read(struct archive *archive, const struct entry *entry, int (*feed)(void *arg, const void *bytes, size_t len),
                          void *arg, char reason[ARCHIVE_REASON]) {
  char piece[PIECE_BYTES];
  uint64_t left = entry->bytes;
  zip_int64_t got = 0;
  int err = E_OK;
  zip_file_t *file = zip_fopen_index(archive->zip, entry->index, 0);
  if (!file)
    return refuse(reason, "%s cannot be unpacked: %s", entry->name, zip_strerror(archive->zip));
  while (!err && (got = zip_fread(file, piece, sizeof piece)) > 0) {
    if ((uint64_t)got > left)
      err = refuse(reason, "%s is longer than it says; export it again", entry->name);
    left -= err ? 0 : (uint64_t)got;
    if (!err)
      err = feed(arg, piece, (size_t)got);
  }
  if (!err && got < 0)
    err = refuse(reason, "%s is damaged; export it again", entry->name);
  zip_fclose(file);
  return err;
}

int archive_read(struct archive *archive, const char *name, int (*feed)(void *arg, const void *bytes, size_t len), void *arg,
                 char reason[ARCHIVE_REASON]) {
  char path[PATH_MAX];
  const struct entry *entry = entry_named(archive, name);
  if (!entry)
    return refuse(reason, "there is no %s in it", name);
  if (archive->zip)
    return zip_entry_read(archive, entry, feed, arg, reason);
  if (snprintf(path, sizeof path, "%s/%s", archive->directory, entry->name) >= (int)sizeof path)
    return refuse(reason, "its path is too long");
  return file_stream(path, feed, arg, reason);
}
