/*
 * One file for all bins: each has a piece of memory, and a full piece goes to the end of the file, its place noted in the bin's
 * list. A file a bin would be simpler by that list and run into the limit of open files at a few hundred bins.
 *
 * The file never has a name (O_TMPFILE; where the file system cannot do that, it is unlinked before the first byte): what students
 * scored must not be left behind by a crash, and nobody else may open it.
 */
#include "study/spool.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALIGNMENT = 8, FILE_MODE = 0600 };

struct piece { /* in the file: used bytes at a multiple of SPOOL_PIECE */
  uint32_t place, used;
};

struct bin {
  unsigned char *bytes; /* NULL until something comes */
  size_t used;
  struct piece *pieces;
  size_t pieces_n, pieces_room;
};

struct spool {
  struct bin *bins;
  size_t bins_n;
  int fd;
  uint32_t places;
};

struct spool *spool_new(size_t bins) {
  struct spool *spool = calloc(1, sizeof *spool);
  if (!spool)
    return NULL;
  *spool = (struct spool){.bins = calloc(bins, sizeof *spool->bins), .bins_n = bins, .fd = -1};
  if (spool->bins)
    return spool;
  free(spool);
  return NULL;
}

void spool_free(struct spool *spool) {
  if (!spool)
    return;
  for (size_t i = 0; i < spool->bins_n; i++) {
    free(spool->bins[i].bytes);
    free(spool->bins[i].pieces);
  }
  free(spool->bins);
  if (spool->fd >= 0)
    close(spool->fd);
  free(spool);
}

static int file_open(struct spool *spool) {
  const char *directory = getenv("TMPDIR");
  char name[PATH_MAX];
  directory = directory && *directory ? directory : "/tmp";
  spool->fd = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, FILE_MODE);
  if (spool->fd >= 0)
    return E_OK;
  if (snprintf(name, sizeof name, "%s/.stepguard-XXXXXX", directory) >= (int)sizeof name) {
    errno = ENAMETOOLONG;
    return E_SYSTEM;
  }
  spool->fd = mkostemp(name, O_CLOEXEC);
  if (spool->fd >= 0)
    unlink(name);
  return spool->fd >= 0 ? E_OK : E_SYSTEM;
}

static int piece_write(struct spool *spool, struct bin *bin) {
  if (bin->pieces_n == bin->pieces_room) {
    size_t room = bin->pieces_room > 0 ? 2 * bin->pieces_room : ALIGNMENT;
    struct piece *grown = realloc(bin->pieces, room * sizeof *grown);
    if (!grown)
      return E_NOMEM;
    bin->pieces = grown;
    bin->pieces_room = room;
  }
  if (spool->fd < 0 && file_open(spool) != 0)
    return E_SYSTEM;
  for (size_t done = 0; done < bin->used;) {
    ssize_t n = pwrite(spool->fd, bin->bytes + done, bin->used - done, (off_t)spool->places * SPOOL_PIECE + (off_t)done);
    if (n < 0 && errno != EINTR)
      return E_SYSTEM;
    done += n > 0 ? (size_t)n : 0;
  }
  bin->pieces[bin->pieces_n++] = (struct piece){spool->places++, (uint32_t)bin->used};
  bin->used = 0;
  return E_OK;
}

int spool_put(struct spool *spool, size_t bin_number, const void *record, size_t len) {
  struct bin *bin = &spool->bins[bin_number];
  size_t need = ALIGNMENT + (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  uint64_t size = len;
  if (!bin->bytes && !(bin->bytes = calloc(1, SPOOL_PIECE)))
    return E_NOMEM;
  if (need > SPOOL_PIECE - bin->used) {
    int err = piece_write(spool, bin);
    if (err)
      return err;
  }
  memcpy(bin->bytes + bin->used, &size, sizeof size);
  memcpy(bin->bytes + bin->used + ALIGNMENT, record, len);
  bin->used += need;
  return E_OK;
}

static int piece_each(const unsigned char *bytes, size_t used, int (*take)(void *arg, const void *record, size_t len), void *arg) {
  int err = E_OK;
  for (size_t at = 0; !err && at < used;) {
    uint64_t len;
    memcpy(&len, bytes + at, sizeof len);
    err = take(arg, bytes + at + ALIGNMENT, len);
    at += ALIGNMENT + (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
  return err;
}

int spool_each(struct spool *spool, size_t bin_number, int (*take)(void *arg, const void *record, size_t len), void *arg) {
  const struct bin *bin = &spool->bins[bin_number];
  unsigned char *bytes = bin->pieces_n > 0 ? malloc(SPOOL_PIECE) : NULL;
  int err = bin->pieces_n > 0 && !bytes ? E_NOMEM : E_OK;
  for (size_t i = 0; !err && i < bin->pieces_n; i++) {
    size_t used = bin->pieces[i].used;
    for (size_t done = 0; !err && done < used;) {
      ssize_t n = pread(spool->fd, bytes + done, used - done, (off_t)bin->pieces[i].place * SPOOL_PIECE + (off_t)done);
      if (n == 0 || (n < 0 && errno != EINTR))
        err = E_SYSTEM;
      done += n > 0 ? (size_t)n : 0;
    }
    if (!err)
      err = piece_each(bytes, used, take, arg);
  }
  free(bytes);
  return err ? err : piece_each(bin->bytes, bin->used, take, arg);
}
