/*
 * Making the school's CA and its server certificate, for `stepguardctl init`. Synchronous, and never overwrites: where a
 * file is there already the answer is a refusal that names it. Keys are P-256, PEM, mode 0600. Files appear whole or not
 * at all (written aside, synced, linked into place).
 */
#ifndef SG_PKI_MAKE_H
#define SG_PKI_MAKE_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

struct pki_ca_options {
  const char *certificate, *key; /* paths to write */
  const char *school_code, *school_name;
  int days; /* 0: ten years */
};

struct pki_server_options {
  const char *certificate, *key;       /* paths to write; the certificate file gets the CA's appended, clients pin that */
  const char *ca_certificate, *ca_key; /* paths to read */
  const char *const *names;            /* DNS names and IP addresses, ended by NULL; at least one */
  int days;                            /* 0: one year */
};

/* 0, or E_CONFIG (a file is there already, or cannot be written or read), E_INVALID (an option), E_TLS, with a sentence in
 * reason. */
int pki_make_ca(const struct pki_ca_options *options, char *reason, size_t reason_cap) MUSTCHECK;
int pki_make_server(const struct pki_server_options *options, char *reason, size_t reason_cap) MUSTCHECK;

/* SHA-256 of the first certificate in a PEM file, over its DER; its first 12 bytes travel in enrolment codes. */
int pki_fingerprint(const char *certificate, uint8_t ret[32], char *reason, size_t reason_cap) MUSTCHECK;

/* When the first certificate in a PEM file ends, in Unix milliseconds; errors as above. */
int pki_not_after(const char *certificate, int64_t *ret_ms, char *reason, size_t reason_cap) MUSTCHECK;

#endif
