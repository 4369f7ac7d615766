/*
 * For tests of what faces the network: certificates of every kind, good and bad, and a client that can misbehave. Made with
 * OpenSSL alone, so that nothing here is checked by the code it is to check. The client runs in a thread of its own with
 * blocking calls, which reads like the conversation it is; the loop under test runs in the main thread.
 */
#ifndef SG_TESTS_TLS_PEER_H
#define SG_TESTS_TLS_PEER_H

#include "proto/frame.h"
#include "stepguard.pb-c.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PEER_FN __attribute__((unused)) static

/* ---- certificates ---- */

struct identity {
  X509 *cert;
  EVP_PKEY *key;
};

struct identity_options {
  const char *cn, *constraints, *usage, *extended_usage, *names; /* NULL leaves the extension out */
  long from_s, to_s;                                             /* relative to now */
  long serial;
  const struct identity *issuer; /* NULL: itself */
};

PEER_FN void identity_extend(X509 *cert, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  if (!value)
    return;
  X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  if (!extension || !X509_add_ext(cert, extension, -1))
    abort();
  X509_EXTENSION_free(extension);
}

PEER_FN struct identity identity_make(const struct identity_options *o) {
  struct identity id = {X509_new(), EVP_EC_gen("P-256")};
  X509 *issuer = o->issuer ? o->issuer->cert : id.cert;
  X509_set_version(id.cert, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(id.cert), o->serial ? o->serial : 7);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(id.cert), "CN", MBSTRING_UTF8, (const unsigned char *)o->cn, -1, -1, 0);
  X509_set_issuer_name(id.cert, X509_get_subject_name(issuer));
  X509_gmtime_adj(X509_getm_notBefore(id.cert), o->from_s);
  X509_gmtime_adj(X509_getm_notAfter(id.cert), o->to_s ? o->to_s : 3600);
  X509_set_pubkey(id.cert, id.key);
  identity_extend(id.cert, issuer, NID_basic_constraints, o->constraints);
  identity_extend(id.cert, issuer, NID_key_usage, o->usage);
  identity_extend(id.cert, issuer, NID_ext_key_usage, o->extended_usage);
  identity_extend(id.cert, issuer, NID_subject_key_identifier, "hash");
  identity_extend(id.cert, issuer, NID_authority_key_identifier, "keyid:always");
  identity_extend(id.cert, issuer, NID_subject_alt_name, o->names);
  if (X509_sign(id.cert, o->issuer ? o->issuer->key : id.key, EVP_sha256()) <= 0)
    abort();
  return id;
}

PEER_FN struct identity identity_ca(const char *cn) {
  return identity_make(&(struct identity_options){
      .cn = cn, .constraints = "critical,CA:TRUE,pathlen:0", .usage = "critical,keyCertSign,cRLSign", .from_s = -60});
}

PEER_FN struct identity identity_server(const struct identity *ca) {
  return identity_make(&(struct identity_options){.cn = "server",
                                                  .constraints = "critical,CA:FALSE",
                                                  .usage = "critical,digitalSignature",
                                                  .extended_usage = "serverAuth",
                                                  .names = "IP:127.0.0.1",
                                                  .from_s = -60,
                                                  .issuer = ca});
}

PEER_FN struct identity identity_client(const struct identity *ca) {
  return identity_make(&(struct identity_options){.cn = "student 17 device 3",
                                                  .constraints = "critical,CA:FALSE",
                                                  .usage = "critical,digitalSignature",
                                                  .extended_usage = "clientAuth",
                                                  .names = "URI:stepguard://demo/students/17/devices/3",
                                                  .from_s = -60,
                                                  .issuer = ca});
}

PEER_FN void identity_free(struct identity *id) {
  X509_free(id->cert);
  EVP_PKEY_free(id->key);
  *id = (struct identity){0};
}

/* A directory of its own, removed by scratch_done() with the files named. */
struct scratch {
  char directory[64];
  char *path[16];
  int n;
};

PEER_FN void scratch_init(struct scratch *s) {
  *s = (struct scratch){.directory = "/tmp/sg-unit-XXXXXX"};
  if (!mkdtemp(s->directory))
    abort();
}

PEER_FN const char *scratch_path(struct scratch *s, const char *name) {
  if (s->n == 16 || asprintf(&s->path[s->n], "%s/%s", s->directory, name) < 0)
    abort();
  return s->path[s->n++];
}

PEER_FN void scratch_done(struct scratch *s) {
  while (s->n > 0) {
    unlink(s->path[--s->n]);
    free(s->path[s->n]);
  }
  rmdir(s->directory);
}

PEER_FN const char *scratch_certificate(struct scratch *s, const char *name, X509 *cert, X509 *ca) {
  const char *path = scratch_path(s, name);
  FILE *file = fopen(path, "w");
  if (!file || !PEM_write_X509(file, cert) || (ca && !PEM_write_X509(file, ca)) || fclose(file) != 0)
    abort();
  return path;
}

PEER_FN const char *scratch_key(struct scratch *s, const char *name, EVP_PKEY *key) {
  const char *path = scratch_path(s, name);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
  if (!file || !PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) || fclose(file) != 0)
    abort();
  return path;
}

/* ---- a client ---- */

struct peer {
  int fd;
  SSL_CTX *ctx;
  SSL *ssl;
};

struct peer_options {
  const struct identity *identity; /* NULL: brings no certificate */
  X509 *chain;                     /* sent after it; may be NULL */
  const char *alpn;                /* in wire form, "\013stepguard/1"; NULL: none */
  int max_version;                 /* 0: TLS 1.3 */
};

#define PEER_ALPN "\013stepguard/1"

PEER_FN struct peer peer_new(int fd, const struct peer_options *o) {
  struct peer p = {.fd = fd, .ctx = SSL_CTX_new(TLS_client_method())};
  if (o->max_version)
    SSL_CTX_set_max_proto_version(p.ctx, o->max_version);
  if (o->identity &&
      (SSL_CTX_use_certificate(p.ctx, o->identity->cert) != 1 || SSL_CTX_use_PrivateKey(p.ctx, o->identity->key) != 1))
    abort();
  if (o->chain && SSL_CTX_add1_chain_cert(p.ctx, o->chain) != 1)
    abort();
  SSL_CTX_clear_mode(p.ctx, SSL_MODE_NO_AUTO_CHAIN);
  if (o->alpn)
    SSL_CTX_set_alpn_protos(p.ctx, (const unsigned char *)o->alpn, (unsigned)strlen(o->alpn));
  p.ssl = SSL_new(p.ctx);
  SSL_set_fd(p.ssl, fd);
  SSL_set_connect_state(p.ssl);
  return p;
}

PEER_FN void peer_free(struct peer *p) {
  SSL_free(p->ssl);
  SSL_CTX_free(p->ctx);
  if (p->fd >= 0)
    close(p->fd);
}

PEER_FN bool peer_shake(struct peer *p) {
  ERR_clear_error();
  return SSL_connect(p->ssl) == 1;
}

PEER_FN bool peer_write(struct peer *p, const void *bytes, size_t len) {
  ERR_clear_error();
  return len == 0 || SSL_write(p->ssl, bytes, (int)len) == (int)len;
}

/* The TLS alert that ended it, 0 for a polite end, -1 for an impolite one, -2 when data came instead. */
PEER_FN int peer_read_end(struct peer *p) {
  char byte;
  ERR_clear_error();
  const int n = SSL_read(p->ssl, &byte, 1);
  if (n > 0)
    return -2;
  const int error = SSL_get_error(p->ssl, n);
  if (error == SSL_ERROR_ZERO_RETURN)
    return 0;
  const int reason = ERR_GET_REASON(ERR_peek_error());
  return error == SSL_ERROR_SSL && reason >= SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET : -1;
}

PEER_FN bool peer_read_exactly(struct peer *p, uint8_t *to, size_t len) {
  for (size_t at = 0; at < len;) {
    const int n = SSL_read(p->ssl, to + at, (int)(len - at));
    if (n <= 0)
      return false;
    at += (size_t)n;
  }
  return true;
}

/* One frame; false when the connection ends before it is whole. */
PEER_FN bool peer_read_frame(struct peer *p, uint8_t *to, size_t room, size_t *ret_len) {
  struct frame frame;
  uint8_t head[FRAME_PREFIX_MAX];
  for (size_t n = 0; n < sizeof head; n++) {
    if (!peer_read_exactly(p, head + n, 1))
      return false;
    const enum frame_verdict verdict = frame_next(head, n + 1, room, &frame);
    if (verdict < 0)
      return false;
    if (frame.need > n + 1 && (head[n] & 0x80) == 0) {
      *ret_len = frame.length;
      return peer_read_exactly(p, to, frame.length);
    }
  }
  return false;
}

PEER_FN int peer_connect(unsigned port) {
  const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
  if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0 ||
      connect(fd, (const struct sockaddr *)&to, sizeof to) < 0) {
    if (fd >= 0)
      close(fd);
    return -1;
  }
  return fd;
}

/* Packs a message with its prefix. */
PEER_FN size_t peer_pack(const ProtobufCMessage *message, uint8_t *out) {
  const size_t len = protobuf_c_message_get_packed_size(message), prefix = frame_prefix(out, len);
  protobuf_c_message_pack(message, out + prefix);
  return prefix + len;
}

PEER_FN void peer_sleep_ms(int ms) {
  const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
  nanosleep(&t, NULL);
}

#endif
