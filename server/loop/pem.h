/* Certificates and keys in PEM files, read one way everywhere. */
#ifndef SG_LOOP_PEM_H
#define SG_LOOP_PEM_H

#include "proto/attr.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

/* The first certificate of the file; the private key of the file, which must have no passphrase and be closed to others (the
 * group may read: service managers hand credentials over that way). NULL: see the sentence in reason, it names the file. */
X509 *pem_certificate(const char *path, char *reason, size_t reason_cap) MUSTCHECK;
EVP_PKEY *pem_key(const char *path, char *reason, size_t reason_cap) MUSTCHECK;

#endif
