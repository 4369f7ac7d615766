/*
 * PEM files.
 *
 * OpenSSL asks the terminal for a passphrase when a key has one; a daemon has nobody to ask, so such a key is refused. The
 * mode is looked at on the open descriptor, not by name: what was checked is what is read.
 */
#include "loop/pem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int pem_no_passphrase(char *buf, int size, int writing, void *arg) {
  (void)buf, (void)size, (void)writing, (void)arg;
  return -1;
}

static FILE *pem_open(const char *path, char *reason, size_t cap) {
  FILE *file = fopen(path, "re");
  if (!file)
    snprintf(reason, cap, "%s: %s", path, strerror(errno));
  return file;
}

X509 *pem_certificate(const char *path, char *reason, size_t reason_cap) {
  FILE *file = pem_open(path, reason, reason_cap);
  if (!file)
    return NULL;
  X509 *cert = PEM_read_X509(file, NULL, pem_no_passphrase, NULL);
  if (!cert)
    snprintf(reason, reason_cap, "%s: no certificate in PEM", path);
  fclose(file);
  ERR_clear_error();
  return cert;
}

EVP_PKEY *pem_key(const char *path, char *reason, size_t reason_cap) {
  struct stat st;
  EVP_PKEY *key = NULL;
  FILE *file = pem_open(path, reason, reason_cap);
  if (!file)
    return NULL;
  if (fstat(fileno(file), &st) < 0 || !S_ISREG(st.st_mode))
    snprintf(reason, reason_cap, "%s: not a regular file", path);
  else if (st.st_mode & (S_IRWXO | S_IWGRP | S_IXGRP))
    snprintf(reason, reason_cap, "%s: others may read or change this key (mode %04o); chmod 600 it", path,
             (unsigned)(st.st_mode & 07777));
  else if (!(key = PEM_read_PrivateKey(file, NULL, pem_no_passphrase, NULL)))
    snprintf(reason, reason_cap, "%s: no private key in PEM without a passphrase", path);
  fclose(file);
  ERR_clear_error();
  return key;
}
