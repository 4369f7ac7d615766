/*
 * Who this device is: a P-256 key that never leaves it, the school's certificate for that key, and the school CA's
 * certificate, which is the only authority this device believes.
 *
 * Key and certificate change together although they are two files. The order makes it so: device.key.next is written
 * before anything is asked of the server; when the answer is there, ca.crt.next and then device.crt.next are written. With
 * device.crt.next on disk the change is decided, and keys_load() finishes it, now or after a crash.
 */
#ifndef SG_CLIENT_KEYS_H
#define SG_CLIENT_KEYS_H

#include "client/home.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct keys {
  EVP_PKEY *key;
  X509 *certificate, *ca;
};

/* SG_NOT_ENROLLED where there is no certificate yet. Finishes a change that was decided. */
int keys_load(struct keys *ret, const struct home *home, struct sg_error *ret_error) MUSTCHECK;
void keys_free(struct keys *keys);
/* Whether the key on disk has a passphrase; and whether it would have to be asked for. */
bool keys_encrypted(const struct home *home);
bool keys_locked(const struct home *home);
/* The certificate alone, for who wants to know and not to use it. SG_NOT_ENROLLED where there is none. */
int keys_certificate(X509 **ret, const struct home *home, struct sg_error *ret_error) MUSTCHECK;
/* Writes the key anew under another passphrase ("": none). */
int keys_passphrase(const struct home *home, const char *passphrase, struct sg_error *ret_error) MUSTCHECK;

/* The key of a change on its way: the one on disk if `reuse`, else a new one, which is on disk when this comes back. */
int keys_next(EVP_PKEY **ret, const struct home *home, bool reuse, struct sg_error *ret_error) MUSTCHECK;
/* PKCS #10, DER, heap. */
int keys_request(EVP_PKEY *key, uint8_t **ret_der, size_t *ret_len, struct sg_error *ret_error) MUSTCHECK;
/* Takes the server's answer to that request: the certificate must be for `key` (the one of keys_next) and signed by `ca`. */
int keys_accept(const struct home *home, EVP_PKEY *key, const uint8_t *der, size_t len, X509 *ca,
                struct sg_error *ret_error) MUSTCHECK;

/* The URI the school put into the certificate, "" where there is none. */
void keys_identity(char *ret, size_t cap, X509 *certificate);
int64_t keys_until_ms(const X509 *certificate); /* end of validity; 0 if unreadable */
bool keys_in_last_third(const X509 *certificate, int64_t now_ms);

#endif
