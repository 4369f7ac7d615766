/*
 * The device's key and certificates (the order of the files is explained in keys.h).
 *
 * The key is stored with mode 0600 and, unless the student wants it, without a passphrase: one would have to be typed for every
 * sync, so a timer could not run, and what the key opens is one student's own data until the school revokes the device. A hardware
 * key store was left out for the same reason: it is not there on most students' machines, and a revoked certificate is enough.
 * With a passphrase the file is PKCS #8 under scrypt, which costs whoever guesses 16 MiB and some 50 ms a try; every key that is
 * made while it is known (a renewal's) gets it too.
 *
 * An answer of the server is checked before it replaces anything: it must be for our key and signed by the CA we pinned,
 * or a mix-up on the server would lock the device out.
 */
#include "client/keys.h"

#include "client/error.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char key_file[] = "device.key", key_next[] = "device.key.next";
static const char crt_file[] = "device.crt", crt_next[] = "device.crt.next";
static const char ca_file[] = "ca.crt", ca_next[] = "ca.crt.next";

static int keys_failed(struct sg_error *ret_error, const char *what) {
  ERR_clear_error();
  return error_set(ret_error, SG_LOCAL, "%s failed inside OpenSSL. Check that OpenSSL 3 is whole and that memory is left.", what);
}

/* OpenSSL does not tell a file that it cannot read from memory that it cannot have, and keeps in mind what it could not set up. So
 * a file is read twice before it is blamed, and then only by an OpenSSL that can make a key. */
enum { READ_TRIES = 2 };

static bool openssl_works(void) {
  EVP_PKEY *probe = EVP_EC_gen("P-256");
  EVP_PKEY_free(probe);
  ERR_clear_error();
  return probe != NULL;
}

static int unreadable(const struct home *home, const char *name, const char *what, struct sg_error *ret_error) {
  if (!openssl_works())
    return error_system(ret_error, ENOMEM, "Cannot read %s/%s", home->dir, name);
  return error_set(ret_error, SG_LOCAL,
                   "%s/%s is not a readable %s. Ask the school for a new code and run: stepguard enrol --replace", home->dir, name,
                   what);
}

enum { SCRYPT_N = 16384, SCRYPT_R = 8, SCRYPT_P = 1, TRIES = 3 /* at a passphrase, for a person who types it */ };

/* Never asks for a passphrase: OpenSSL's default would, on the terminal, in the middle of a timer's run. */
static int no_passphrase(char *buf, int size, int writing, void *arg) {
  (void)buf, (void)size, (void)writing, (void)arg;
  return -1;
}

static int given_passphrase(char *buf, int size, int writing, void *arg) {
  const char *text = arg;
  size_t len = strlen(text);
  (void)writing;
  if (len > (size_t)size)
    return -1;
  memcpy(buf, text, len);
  return (int)len;
}

static bool is_encrypted(const char *text) {
  return strstr(text, "ENCRYPTED") != NULL;
}

static EVP_PKEY *key_parse(const char *text, size_t len, const char *passphrase) {
  EVP_PKEY *key = NULL;
  for (int tries = 0; key == NULL && tries < READ_TRIES; tries++) {
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    if (bio != NULL && passphrase != NULL)
      key = PEM_read_bio_PrivateKey(bio, NULL, given_passphrase, (void *)passphrase);
    else if (bio != NULL)
      key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
  }
  return key;
}

/* With the passphrase that is known, or by asking for it. */
static int key_unlock(EVP_PKEY **ret, const struct home *home, const char *name, const char *text, size_t len,
                      struct sg_error *ret_error) {
  struct secret *secret = home->secret;
  bool asked = false;
  EVP_PKEY *key = secret->known ? key_parse(text, len, secret->text) : NULL;
  for (int tries = 0; key == NULL && !secret->known && tries < TRIES; tries++) {
    if (secret->ask == NULL || !secret->ask(secret->arg, tries > 0, secret->text))
      break;
    asked = true;
    key = key_parse(text, len, secret->text);
  }
  if (key == NULL && (asked || secret->known) && !openssl_works())
    return unreadable(home, name, "key", ret_error);
  if (key == NULL)
    return error_set(ret_error, SG_PASSPHRASE,
                     asked || secret->known
                         ? "That is not the passphrase of this device's key. If it is lost, ask the school for a new code and run: "
                           "stepguard enrol --replace"
                         : "This device's key has a passphrase. Run this on a terminal, or name the file that has it in "
                           "STEPGUARD_PASSPHRASE_FILE.");
  secret->known = true;
  *ret = key;
  return SG_OK;
}

static int key_read(EVP_PKEY **ret, const struct home *home, const char *name, struct sg_error *ret_error) {
  char *text;
  size_t len;
  EVP_PKEY *key = NULL;
  int status = home_read(home, name, true, &text, &len, ret_error);
  if (status != SG_OK)
    return status;
  bool encrypted = is_encrypted(text);
  if (encrypted)
    status = key_unlock(&key, home, name, text, len, ret_error);
  else
    key = key_parse(text, len, NULL);
  OPENSSL_cleanse(text, len);
  free(text);
  if (status == SG_OK && key == NULL)
    return unreadable(home, name, "key", ret_error);
  if (status == SG_OK)
    *ret = key;
  return status;
}

static bool file_encrypted(const struct home *home, const char *name) {
  struct sg_error ignored;
  char *text;
  size_t len;
  if (!home_has(home, name) || home_read(home, name, true, &text, &len, &ignored) != SG_OK)
    return false;
  bool encrypted = is_encrypted(text);
  OPENSSL_cleanse(text, len);
  free(text);
  return encrypted;
}

bool keys_encrypted(const struct home *home) {
  return file_encrypted(home, key_file);
}

bool keys_locked(const struct home *home) {
  return !home->secret->known && keys_encrypted(home);
}

static int certificate_read(X509 **ret, const struct home *home, const char *name, struct sg_error *ret_error) {
  char *text;
  size_t len;
  int status = home_read(home, name, false, &text, &len, ret_error);
  if (status != SG_OK)
    return status;
  X509 *certificate = NULL;
  for (int tries = 0; certificate == NULL && tries < READ_TRIES; tries++) {
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    ERR_clear_error();
  }
  free(text);
  if (certificate == NULL)
    return unreadable(home, name, "certificate", ret_error);
  *ret = certificate;
  return SG_OK;
}

static int key_print_encrypted(BIO *bio, EVP_PKEY *key, const char *passphrase) {
  PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
  X509_ALGOR *how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
  X509_SIG *sealed = plain != NULL && how != NULL ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), plain, how) : NULL;
  if (sealed == NULL)
    X509_ALGOR_free(how); /* else it is the sealed one's */
  int ok = sealed != NULL && PEM_write_bio_PKCS8(bio, sealed);
  X509_SIG_free(sealed);
  PKCS8_PRIV_KEY_INFO_free(plain);
  return ok;
}

static int pem_write(const struct home *home, const char *name, EVP_PKEY *key, X509 *certificate, struct sg_error *ret_error) {
  BIO *bio = BIO_new(BIO_s_secmem());
  char *text = NULL;
  bool sealed = key != NULL && home->secret->known && home->secret->text[0] != '\0';
  int ok = bio == NULL   ? 0
           : key == NULL ? PEM_write_bio_X509(bio, certificate)
           : sealed      ? key_print_encrypted(bio, key, home->secret->text)
                         : PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
  long len = ok ? BIO_get_mem_data(bio, &text) : 0;
  int status =
      len > 0 ? home_write(home, name, text, (size_t)len, ret_error) : keys_failed(ret_error, "Writing a key or certificate");
  BIO_free(bio);
  return status;
}

/* ---------------------------------------------------------------- a change, decided or not */

static bool certificate_is_for(X509 *certificate, EVP_PKEY *key) {
  EVP_PKEY *theirs = X509_get0_pubkey(certificate);
  return theirs != NULL && EVP_PKEY_eq(theirs, key) == 1;
}

/* Whether the certificate in one file is for the key in the other. Unreadable files are simply not. */
static bool files_match(const struct home *home, const char *certificate_name, const char *key_name) {
  struct sg_error ignored;
  EVP_PKEY *key = NULL;
  X509 *certificate = NULL;
  bool match = home_has(home, key_name) && home_has(home, certificate_name) && key_read(&key, home, key_name, &ignored) == SG_OK &&
               certificate_read(&certificate, home, certificate_name, &ignored) == SG_OK && certificate_is_for(certificate, key);
  EVP_PKEY_free(key);
  X509_free(certificate);
  return match;
}

/* Finishes what a crash may have cut short. Each step is the last one that is not done yet. */
static int keys_settle(const struct home *home, struct sg_error *ret_error) {
  int status = SG_OK;
  if (files_match(home, crt_next, key_next)) {
    if (home_has(home, ca_next))
      status = home_rename(home, ca_next, ca_file, ret_error);
    if (status == SG_OK)
      status = home_rename(home, crt_next, crt_file, ret_error);
  }
  if (status == SG_OK && home_has(home, key_next) && files_match(home, crt_file, key_next))
    status = home_rename(home, key_next, key_file, ret_error);
  return status;
}

static int not_enrolled(struct sg_error *ret_error) {
  return error_set(
      ret_error, SG_NOT_ENROLLED,
      "This device is not enrolled yet. Run: stepguard enrol --server HOST:PORT, with the code from the school's letter.");
}

int keys_certificate(X509 **ret, const struct home *home, struct sg_error *ret_error) {
  return home_has(home, crt_file) ? certificate_read(ret, home, crt_file, ret_error) : not_enrolled(ret_error);
}

int keys_passphrase(const struct home *home, const char *passphrase, struct sg_error *ret_error) {
  struct keys keys;
  int status = keys_load(&keys, home, ret_error);
  if (status != SG_OK)
    return status;
  if (home_has(home, key_next)) /* it has the old passphrase, and both cannot be replaced in one step */
    status = error_set(ret_error, SG_DATA, "A new certificate is on its way. Run stepguard sync first, then this again.");
  if (status == SG_OK) {
    snprintf(home->secret->text, sizeof home->secret->text, "%s", passphrase);
    home->secret->known = true;
    status = pem_write(home, key_file, keys.key, NULL, ret_error);
  }
  keys_free(&keys);
  return status;
}

int keys_load(struct keys *ret, const struct home *home, struct sg_error *ret_error) {
  struct keys keys = {0};
  int status = keys_settle(home, ret_error);
  if (status == SG_OK && !home_has(home, crt_file))
    status = not_enrolled(ret_error);
  if (status == SG_OK)
    status = key_read(&keys.key, home, key_file, ret_error);
  if (status == SG_OK)
    status = certificate_read(&keys.certificate, home, crt_file, ret_error);
  if (status == SG_OK)
    status = certificate_read(&keys.ca, home, ca_file, ret_error);
  if (status == SG_OK && !certificate_is_for(keys.certificate, keys.key))
    status = error_set(
        ret_error, SG_LOCAL,
        "The key and the certificate in %s do not belong together. Ask the school for a new code and run: stepguard enrol "
        "--replace",
        home->dir);
  if (status != SG_OK) {
    keys_free(&keys);
    return status;
  }
  *ret = keys;
  return SG_OK;
}

void keys_free(struct keys *keys) {
  EVP_PKEY_free(keys->key);
  X509_free(keys->certificate);
  X509_free(keys->ca);
  memset(keys, 0, sizeof *keys);
}

int keys_next(EVP_PKEY **ret, const struct home *home, bool reuse, struct sg_error *ret_error) {
  struct sg_error unreadable;
  EVP_PKEY *key = NULL;
  int read = reuse && home_has(home, key_next) ? key_read(&key, home, key_next, &unreadable) : SG_LOCAL;
  if (read == SG_OK) {
    *ret = key;
    return SG_OK;
  }
  if (read == SG_PASSPHRASE) { /* a new key would spend the code in vain */
    *ret_error = unreadable;
    return read;
  }
  key = EVP_EC_gen("P-256");
  if (key == NULL)
    return keys_failed(ret_error, "Making a key");
  int status = pem_write(home, key_next, key, NULL, ret_error);
  if (status != SG_OK) {
    EVP_PKEY_free(key);
    return status;
  }
  *ret = key;
  return SG_OK;
}

int keys_request(EVP_PKEY *key, uint8_t **ret_der, size_t *ret_len, struct sg_error *ret_error) {
  static const unsigned char name[] = "stepguard device"; /* the server chooses the real one */
  X509_REQ *request = X509_REQ_new();
  X509_NAME *subject = X509_NAME_new();
  unsigned char *der = NULL;
  int len = -1;
  if (request != NULL && subject != NULL && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
      X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 && X509_REQ_set_subject_name(request, subject) == 1 &&
      X509_REQ_set_pubkey(request, key) == 1 && X509_REQ_sign(request, key, EVP_sha256()) > 0)
    len = i2d_X509_REQ(request, &der);
  X509_NAME_free(subject);
  X509_REQ_free(request);
  if (len <= 0)
    return keys_failed(ret_error, "Making a certificate request");
  uint8_t *copy = malloc((size_t)len);
  if (copy != NULL)
    memcpy(copy, der, (size_t)len);
  OPENSSL_free(der);
  if (copy == NULL)
    return error_system(ret_error, ENOMEM, "Cannot make a certificate request");
  *ret_der = copy;
  *ret_len = (size_t)len;
  return SG_OK;
}

int keys_accept(const struct home *home, EVP_PKEY *key, const uint8_t *der, size_t len, X509 *ca, struct sg_error *ret_error) {
  const unsigned char *at = der;
  X509 *certificate = d2i_X509(NULL, &at, (long)len);
  EVP_PKEY *authority = X509_get0_pubkey(ca);
  bool whole = certificate != NULL && at == der + len;
  int status = SG_OK;
  if (!whole || authority == NULL || !certificate_is_for(certificate, key) || X509_verify(certificate, authority) != 1)
    status =
        error_set(ret_error, SG_PROTOCOL,
                  "The server sent a certificate that is not for this device's key or not signed by the school. It was not taken; "
                  "tell the school, and try again later.");
  if (status == SG_OK)
    status = pem_write(home, ca_next, NULL, ca, ret_error);
  if (status == SG_OK)
    status = pem_write(home, crt_next, NULL, certificate, ret_error); /* from here on it is decided */
  if (status == SG_OK)
    status = keys_settle(home, ret_error);
  X509_free(certificate);
  ERR_clear_error();
  return status;
}

/* ---------------------------------------------------------------- what a certificate says */

void keys_identity(char *ret, size_t cap, X509 *certificate) {
  ret[0] = '\0';
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI)
      continue;
    const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
    char text[256];
    size_t len = (size_t)ASN1_STRING_length(uri);
    if (len >= sizeof text)
      continue;
    memcpy(text, ASN1_STRING_get0_data(uri), len);
    text[len] = '\0';
    text_clean(ret, cap, text);
    break;
  }
  GENERAL_NAMES_free(names);
}

/* Days and seconds against the epoch: timegm() is not everywhere. */
static int64_t asn1_ms(const ASN1_TIME *time) {
  int days = 0, seconds = 0;
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  int64_t ms = 0;
  if (epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1)
    ms = ((int64_t)days * 86400 + seconds) * 1000;
  ASN1_TIME_free(epoch);
  return ms;
}

int64_t keys_until_ms(const X509 *certificate) {
  return asn1_ms(X509_get0_notAfter(certificate));
}

bool keys_in_last_third(const X509 *certificate, int64_t now_ms) {
  int64_t from_ms = asn1_ms(X509_get0_notBefore(certificate)), until_ms = keys_until_ms(certificate);
  return until_ms - now_ms < (until_ms - from_ms) / 3;
}
