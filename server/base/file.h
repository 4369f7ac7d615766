/*
 * Whole files: read with a cap, written so that a reader finds the old bytes or the new ones and never half of either, and
 * so that they are still there after a power cut (temporary name, fsync, rename, fsync of the directory).
 */
#ifndef SG_BASE_FILE_H
#define SG_BASE_FILE_H

#include "proto/attr.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FILE_REASON = 400 };

/* Heap, with a NUL after the last byte. E_SYSTEM, E_LIMIT, E_NOMEM and a sentence. */
int file_read(const char *path, size_t cap, char **ret_bytes, size_t *ret_len, char reason[FILE_REASON]) MUSTCHECK;

/* The same for a file that nobody else may read or change, its group may read it at most: E_CONFIG where that is not so. */
int file_read_secret(const char *path, size_t cap, char **ret_bytes, size_t *ret_len, char reason[FILE_REASON]) MUSTCHECK;

/* In pieces, for files of any size: `feed` gets them in order and stops the reading by a negative number, which is then
 * the result; E_SYSTEM and a sentence when the file cannot be read. */
int file_stream(const char *path, int (*feed)(void *arg, const void *bytes, size_t len), void *arg,
                char reason[FILE_REASON]) MUSTCHECK;

/* Replaces what is there. With `fresh`, an existing file is left alone and E_INVALID comes back. */
int file_write(const char *path, const void *bytes, size_t len, mode_t mode, bool fresh, char reason[FILE_REASON]) MUSTCHECK;

/* The same in pieces, for what is too long to be held: nothing is seen under the name before file_end(). file_abandon() leaves what
 * was there, and does nothing after file_end() or a file_begin() that failed. */
struct file_new {
  int fd;
  char path[PATH_MAX], aside[PATH_MAX + 64];
};
int file_begin(const char *path, mode_t mode, struct file_new *ret, char reason[FILE_REASON]) MUSTCHECK;
int file_put(struct file_new *file, const void *bytes, size_t len, char reason[FILE_REASON]) MUSTCHECK;
int file_end(struct file_new *file, bool fresh, char reason[FILE_REASON]) MUSTCHECK;
void file_abandon(struct file_new *file);

/* Makes the directory and those above it. Existing ones are left as they are. */
int file_make_directory(const char *path, mode_t mode, char reason[FILE_REASON]) MUSTCHECK;

/* Bytes of a regular file, 0 where that cannot be known. */
uint64_t file_size(const char *path);

#endif
