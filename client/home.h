/*
 * The state directory: its path, its lock, and its small files. Every name below is relative to the directory, which is
 * held open, so that renaming it away under a running client does no harm.
 *
 *   device.key  device.crt  ca.crt      who this device is (PEM)
 *   device.key.next device.crt.next     a renewal, or an enrolment that replaces another, on its way (keys.h)
 *   outbox.db                           results, plan changes, settings, last standing (outbox.h)
 *   lock                                held by the process at work; has its process number
 */
#ifndef SG_CLIENT_HOME_H
#define SG_CLIENT_HOME_H

#include "client/stepguard.h"

enum { HOME_PATH = 1024, HOME_FILE_CAP = 64 * 1024 /* a key or a certificate has 1 to 4 KiB */ };

/* The passphrase of the key, asked for once (keys.c). */
struct secret {
  bool (*ask)(void *arg, bool again, char ret[SG_PASSPHRASE_CAP]);
  void *arg;
  bool known;                   /* `text` is it; "" means the key has, or is to have, none */
  char text[SG_PASSPHRASE_CAP]; /* wiped by home_close */
};

struct home {
  struct secret *secret; /* heap */
  char dir[HOME_PATH];   /* absolute, without symbolic links */
  int dir_fd, lock_fd;
};

/* `dir` NULL: from the environment. Makes it (0700) where missing, tightens it where it is ours and too open, refuses it
 * where it is another user's; then takes the lock, waiting up to `wait_ms`. */
int home_open(struct home *ret, const char *dir, unsigned wait_ms, struct sg_error *ret_error) MUSTCHECK;
void home_close(struct home *home);
/* Lets others work here for a while, the files stay open; then takes the lock again. After SG_LOCKED it is still unlocked. */
void home_unlock(struct home *home);
int home_relock(struct home *home, unsigned wait_ms, struct sg_error *ret_error) MUSTCHECK;

bool home_has(const struct home *home, const char *name);
/* Reads a whole file of at most HOME_FILE_CAP bytes into heap memory, with a NUL behind it. `secret`: refuse a file that
 * others may read. *ret_len may be 0. The caller wipes and frees. */
int home_read(const struct home *home, const char *name, bool secret, char **ret, size_t *ret_len,
              struct sg_error *ret_error) MUSTCHECK;
/* All or nothing, and on disk when it comes back: written beside, synced, renamed, directory synced. Mode 0600. */
int home_write(const struct home *home, const char *name, const void *bytes, size_t len, struct sg_error *ret_error) MUSTCHECK;
int home_rename(const struct home *home, const char *from, const char *to, struct sg_error *ret_error) MUSTCHECK;
int home_remove(const struct home *home, const char *name, struct sg_error *ret_error) MUSTCHECK; /* gone already is fine */
/* Makes sure that `name` is, if it exists, a plain file of ours that nobody else may open; makes it empty if missing. */
int home_claim(const struct home *home, const char *name, struct sg_error *ret_error) MUSTCHECK;

#endif
