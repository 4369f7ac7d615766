/*
 * TLS over a non-blocking socket and poll(2).
 *
 * Why not blocking sockets with SO_RCVTIMEO: those bound a single read, so a peer that sends a byte every few seconds holds
 * us for ever. Here one deadline covers a whole step (connect, handshake, one frame). Name resolution is the one wait that
 * POSIX gives no handle on; it has the resolver's own time limits.
 *
 * Trust is decided in link_verify(): OpenSSL checks the chain, the dates, the purpose and the name, but with a trust list
 * of exactly one certificate. At enrolment that one is picked out of the chain the server shows, by the fingerprint that
 * came with the code on paper; everything else about the chain is checked the same way.
 *
 * A server that has refused us closes right after saying why, and our write may fail before we have read it. So a failed
 * write looks for a frame already received before it is reported: the reason is worth more than "broken pipe".
 */
#include "client/link.h"

#include "client/error.h"
#include "proto/code.h"
#include "proto/frame.h"
#include "proto/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_START = 16 * 1024, HOST_CAP = 256 };

static const unsigned char alpn[] = "\x0bstepguard/1"; /* length, name */
enum { ALPN_BYTES = sizeof alpn - 1 };

struct link {
  int fd;
  SSL_CTX *context;
  SSL *ssl;
  X509 *ca;
  uint8_t fingerprint[CODE_FINGERPRINT_BYTES];
  STACK_OF(X509) * trusted;
  bool up, broken;
  int answer_ms;
  uint8_t *in; /* bytes received: the first `taken` were handed out by the last link_receive() */
  size_t in_len, in_size, taken;
  char host[HOST_CAP], where[HOST_CAP + 16]; /* "host:port", for messages */
};

static int64_t clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---------------------------------------------------------------- addresses */

int link_address(const char *text, char *ret_host, size_t cap, uint16_t *ret_port, struct sg_error *ret_error) {
  const char *host = text, *colon = strrchr(text, ':'), *end = colon;
  if (text[0] == '[') {
    host = text + 1;
    end = strchr(text, ']');
    colon = end != NULL ? end + 1 : NULL;
  }
  char *rest = NULL;
  long port = colon != NULL && *colon == ':' && colon[1] >= '0' && colon[1] <= '9' ? strtol(colon + 1, &rest, 10) : 0;
  if (end == NULL || end <= host || (size_t)(end - host) >= cap || port < 1 || port > UINT16_MAX || *rest != '\0')
    return error_set(ret_error, SG_USAGE,
                     "\"%.100s\" is not an address of the form host:port, such as stepguard.school.example:7444.", text);
  memcpy(ret_host, host, (size_t)(end - host));
  ret_host[end - host] = '\0';
  *ret_port = (uint16_t)port;
  return SG_OK;
}

/* Waits for the socket. 1 ready, 0 out of time, -1 errno. */
static int link_wait(int fd, short events, int64_t until_ms) {
  for (;;) {
    int64_t left_ms = until_ms - clock_ms();
    if (left_ms <= 0)
      return 0;
    struct pollfd poller = {.fd = fd, .events = events};
    int n = poll(&poller, 1, (int)left_ms);
    if (n > 0)
      return 1;
    if (n < 0 && errno != EINTR)
      return -1;
  }
}

/* A connected, non-blocking socket, or -1 with errno. */
static int connect_one(const struct addrinfo *address, int deadline_ms) {
  int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
  if (fd < 0)
    return -1;
  int on = 1, number = 0;
  socklen_t number_len = sizeof number;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
    goto fail;
  /* Requests are small and answers awaited: without this each waits for the other side's delayed ACK. */
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
    if (errno != EINPROGRESS)
      goto fail;
    int ready = link_wait(fd, POLLOUT, clock_ms() + deadline_ms);
    if (ready == 0)
      errno = ETIMEDOUT;
    if (ready <= 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &number_len) != 0)
      goto fail;
    if (number != 0) {
      errno = number;
      goto fail;
    }
  }
  return fd;
fail:
  number = errno;
  close(fd);
  errno = number;
  return -1;
}

static int link_connect(struct link *link, uint16_t port, int deadline_ms, struct sg_error *ret_error) {
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
  int failed = getaddrinfo(link->host, service, &hints, &found);
  if (failed != 0)
    return error_set(ret_error, SG_UNREACHABLE,
                     "The name %s cannot be found (%s). Check the spelling and that this machine is online.", link->host,
                     gai_strerror(failed));
  int number = 0;
  for (const struct addrinfo *address = found; address != NULL && link->fd < 0; address = address->ai_next) {
    link->fd = connect_one(address, deadline_ms);
    number = errno;
  }
  freeaddrinfo(found);
  if (link->fd < 0)
    return error_set(ret_error, SG_UNREACHABLE,
                     "Cannot reach %s: %s. Check that this machine is online; what is recorded here stays recorded.", link->where,
                     strerror(number));
  return SG_OK;
}

/* ---------------------------------------------------------------- trust */

static bool has_fingerprint(X509 *certificate, const uint8_t fingerprint[CODE_FINGERPRINT_BYTES]) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  return X509_digest(certificate, EVP_sha256(), digest, &len) == 1 && len >= CODE_FINGERPRINT_BYTES &&
         CRYPTO_memcmp(digest, fingerprint, CODE_FINGERPRINT_BYTES) == 0;
}

/* OpenSSL asks this instead of its own chain check; the context already has the purpose, the name and the flags. */
static int link_verify(X509_STORE_CTX *chain, void *arg) {
  struct link *link = arg;
  STACK_OF(X509) *shown = X509_STORE_CTX_get0_untrusted(chain);
  for (int i = 0; link->ca == NULL && i < sk_X509_num(shown); i++) {
    X509 *certificate = sk_X509_value(shown, i);
    if (has_fingerprint(certificate, link->fingerprint) && X509_up_ref(certificate) == 1)
      link->ca = certificate;
  }
  if (link->ca == NULL || sk_X509_push(link->trusted, link->ca) <= 0) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    return 0;
  }
  X509_STORE_CTX_set0_trusted_stack(chain, link->trusted);
  return X509_verify_cert(chain) == 1;
}

static int untrusted(const struct link *link, long verdict, struct sg_error *ret_error) {
  switch (verdict) {
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return error_set(
        ret_error, SG_UNTRUSTED,
        "The server at %s has a certificate for another name. Nothing was sent. Check the address in the school's letter.",
        link->where);
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return error_set(
        ret_error, SG_UNTRUSTED,
        "The certificate of %s has expired, or this machine's clock is ahead. Nothing was sent. Check the clock, then tell "
        "the school.",
        link->where);
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return error_set(
        ret_error, SG_UNTRUSTED,
        "The certificate of %s is not valid yet: this machine's clock is probably behind. Nothing was sent. Check the clock.",
        link->where);
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    return error_set(
        ret_error, SG_UNTRUSTED,
        "The server at %s is not vouched for by your school: it is another server, or somebody is in between. Nothing was "
        "sent. Check the address, try another network, and if it stays so tell the school.",
        link->where);
  default:
    return error_set(ret_error, SG_UNTRUSTED, "The certificate of %s was refused (%s). Nothing was sent. Tell the school.",
                     link->where, X509_verify_cert_error_string(verdict));
  }
}

/* The last TLS error as a sentence. Alerts of the other side are its refusal of our certificate, mostly. */
static int link_tls_failed(struct link *link, int number, struct sg_error *ret_error) {
  unsigned long code = ERR_peek_last_error();
  long verdict = SSL_get_verify_result(link->ssl);
  ERR_clear_error();
  link->broken = true;
  if (!link->up && verdict != X509_V_OK)
    return untrusted(link, verdict, ret_error);
  switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
  case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    return error_set(ret_error, SG_REFUSED,
                     "This device's certificate has expired. Ask the school for a new code and run: stepguard enrol --replace");
  case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
  case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
  case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
  case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    return error_set(
        ret_error, SG_REFUSED,
        "The server does not accept this device's certificate. Ask the school for a new code and run: stepguard enrol --replace");
  case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
  case SSL_R_UNSUPPORTED_PROTOCOL:
    return error_set(ret_error, SG_UNTRUSTED,
                     "The server at %s does not speak TLS 1.3, so it is not a Stepguard server. Check host and port.", link->where);
  case SSL_R_WRONG_VERSION_NUMBER:
  case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    return error_set(ret_error, SG_UNTRUSTED, "What answers at %s is not a Stepguard server. Check host and port.", link->where);
  default: break;
  }
  if (number != 0 && number != EAGAIN)
    return error_set(ret_error, SG_UNREACHABLE, "The connection to %s broke (%s). What is recorded here stays recorded.",
                     link->where, strerror(number));
  return error_set(ret_error, SG_UNREACHABLE, "The connection to %s broke off. What is recorded here stays recorded.", link->where);
}

static int link_late(struct link *link, const char *what, struct sg_error *ret_error) {
  link->broken = true;
  return error_set(ret_error, SG_UNREACHABLE, "The server at %s did not %s in time. What is recorded here stays recorded.",
                   link->where, what);
}

/* ---------------------------------------------------------------- opening and closing */

static bool link_prepare(struct link *link, const struct link_options *options) {
  link->context = SSL_CTX_new(TLS_client_method());
  link->trusted = sk_X509_new_null();
  if (link->context == NULL || link->trusted == NULL || SSL_CTX_set_min_proto_version(link->context, TLS1_3_VERSION) != 1)
    return false;
  SSL_CTX_set_options(link->context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(link->context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(link->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(link->context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_cert_verify_callback(link->context, link_verify, link);
  if (SSL_CTX_set_alpn_protos(link->context, alpn, ALPN_BYTES) != 0)
    return false;
  if (options->certificate != NULL && (SSL_CTX_use_certificate(link->context, options->certificate) != 1 ||
                                       SSL_CTX_use_PrivateKey(link->context, options->key) != 1))
    return false;
  link->ssl = SSL_new(link->context);
  if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1)
    return false;
  X509_VERIFY_PARAM *param = SSL_get0_param(link->ssl);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, link->host) == 1)
    return true;
  ERR_clear_error();
  return X509_VERIFY_PARAM_set1_host(param, link->host, 0) == 1 && SSL_set_tlsext_host_name(link->ssl, link->host) == 1;
}

static int link_handshake(struct link *link, int deadline_ms, struct sg_error *ret_error) {
  int64_t until_ms = clock_ms() + deadline_ms;
  for (;;) {
    ERR_clear_error();
    errno = 0;
    int n = SSL_connect(link->ssl), number = errno;
    if (n == 1)
      break;
    int want = SSL_get_error(link->ssl, n);
    if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
      return link_tls_failed(link, number, ret_error);
    int ready = link_wait(link->fd, want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until_ms);
    if (ready <= 0)
      return link_late(link, "finish the handshake", ret_error);
  }
  const unsigned char *chosen = NULL;
  unsigned len = 0;
  SSL_get0_alpn_selected(link->ssl, &chosen, &len);
  if (len != ALPN_BYTES - 1 || memcmp(chosen, alpn + 1, len) != 0)
    return error_set(ret_error, SG_UNTRUSTED, "What answers at %s is not a Stepguard server. Check host and port.", link->where);
  link->up = true;
  return SG_OK;
}

int link_open(struct link **ret, const struct link_options *options, struct sg_error *ret_error) {
  struct link *link = calloc(1, sizeof *link);
  if (link == NULL)
    return error_system(ret_error, ENOMEM, "Cannot open a connection");
  link->fd = -1;
  link->answer_ms = options->answer_ms > 0 ? options->answer_ms : LINK_ANSWER_MS;
  snprintf(link->host, sizeof link->host, "%s", options->host);
  snprintf(link->where, sizeof link->where, strchr(link->host, ':') != NULL ? "[%s]:%u" : "%s:%u", link->host, options->port);
  if (options->ca != NULL && X509_up_ref(options->ca) == 1)
    link->ca = options->ca;
  else
    memcpy(link->fingerprint, options->ca_fingerprint, sizeof link->fingerprint);
  int status = link_connect(link, options->port, options->connect_ms > 0 ? options->connect_ms : LINK_CONNECT_MS, ret_error);
  if (status == SG_OK && !link_prepare(link, options)) {
    ERR_clear_error();
    status = error_set(ret_error, SG_LOCAL, "TLS cannot be set up. Check that OpenSSL 3 is whole and that memory is left.");
  }
  if (status == SG_OK)
    status = link_handshake(link, options->handshake_ms > 0 ? options->handshake_ms : LINK_HANDSHAKE_MS, ret_error);
  if (status != SG_OK) {
    link_close(link);
    return status;
  }
  *ret = link;
  return SG_OK;
}

void link_close(struct link *link) {
  if (link == NULL)
    return;
  /* One close_notify, without waiting for theirs: all answers we wanted are in. Not after a failure, where OpenSSL forbids it. */
  if (link->up && !link->broken)
    (void)SSL_shutdown(link->ssl);
  SSL_free(link->ssl);
  SSL_CTX_free(link->context);
  sk_X509_free(link->trusted);
  X509_free(link->ca);
  if (link->fd >= 0)
    close(link->fd);
  free(link->in);
  free(link);
  ERR_clear_error();
}

X509 *link_ca(struct link *link) {
  return link->ca;
}

/* ---------------------------------------------------------------- frames */

/* Reads what is there into the buffer. 1 something new, 0 nothing yet (*ret_want says for what to wait), -1 failed. */
static int link_fill(struct link *link, int *ret_want, int *ret_number) {
  if (link->in_len == link->in_size) {
    size_t size = link->in_size == 0 ? IN_START : link->in_size * 2;
    uint8_t *in = realloc(link->in, size);
    if (in == NULL) {
      *ret_number = ENOMEM;
      return -1;
    }
    link->in = in;
    link->in_size = size;
  }
  ERR_clear_error();
  errno = 0;
  size_t n = 0;
  int got = SSL_read_ex(link->ssl, link->in + link->in_len, link->in_size - link->in_len, &n);
  if (got == 1) {
    link->in_len += n;
    return 1;
  }
  *ret_number = errno;
  *ret_want = SSL_get_error(link->ssl, got);
  return *ret_want == SSL_ERROR_WANT_READ || *ret_want == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* Drops what the last link_receive() handed out. */
static void link_advance(struct link *link) {
  if (link->taken == 0)
    return;
  memmove(link->in, link->in + link->taken, link->in_len - link->taken);
  link->in_len -= link->taken;
  link->taken = 0;
}

/* Writes all of it by the deadline, reading along. SG_OK also when the write broke but an answer is in the buffer. */
static int link_write(struct link *link, const uint8_t *bytes, size_t len, struct sg_error *ret_error) {
  int64_t until_ms = clock_ms() + link->answer_ms;
  for (size_t sent = 0; sent < len;) {
    ERR_clear_error();
    errno = 0;
    size_t n = 0;
    int wrote = SSL_write_ex(link->ssl, bytes + sent, len - sent, &n), number = errno, want;
    if (wrote == 1) {
      sent += n;
      continue;
    }
    want = SSL_get_error(link->ssl, wrote);
    bool blocked = want == SSL_ERROR_WANT_READ || want == SSL_ERROR_WANT_WRITE;
    /* A server answers less than it is sent: more than one cap's worth unasked for is not worth buffering. */
    int got = link->in_len < LIMIT_FRAME_BYTES ? link_fill(link, &(int){0}, &(int){0}) : 0;
    if (!blocked) {
      while (got == 1 && link->in_len < LIMIT_FRAME_BYTES)
        got = link_fill(link, &(int){0}, &(int){0});
      if (link->in_len > 0)
        return SG_OK; /* link_receive() gives what it said, and the failure after that */
      return link_tls_failed(link, number, ret_error);
    }
    if (got == 1)
      continue;
    /* Once reading has failed the socket stays readable for ever: then only room to write is waited for. */
    bool read_along = got == 0 && link->in_len < LIMIT_FRAME_BYTES;
    short events = (short)((want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT) | (read_along ? POLLIN : 0));
    if (link_wait(link->fd, events, until_ms) <= 0)
      return link_late(link, "take the data", ret_error);
  }
  return SG_OK;
}

int link_send(struct link *link, const uint8_t *message, size_t len, struct sg_error *ret_error) {
  link_advance(link);
  uint8_t *frame = malloc(FRAME_PREFIX_MAX + len);
  if (frame == NULL)
    return error_system(ret_error, ENOMEM, "Cannot send to %s", link->where);
  /* One write, so that prefix and message share a TLS record. */
  size_t prefix = frame_prefix(frame, len);
  memcpy(frame + prefix, message, len);
  int status = link_write(link, frame, prefix + len, ret_error);
  free(frame);
  return status;
}

static int link_nonsense(struct link *link, const char *what, struct sg_error *ret_error) {
  link->broken = true;
  return error_set(ret_error, SG_PROTOCOL, "The server at %s sent %s. Nothing of it was taken; if it stays so, update stepguard.",
                   link->where, what);
}

int link_receive(struct link *link, size_t cap, const uint8_t **ret, size_t *ret_len, struct sg_error *ret_error) {
  int64_t until_ms = clock_ms() + link->answer_ms;
  link_advance(link);
  for (;;) {
    struct frame frame;
    switch (frame_next(link->in, link->in_len, cap, &frame)) {
    case FRAME_WHOLE:
      *ret = link->in + frame.prefix;
      *ret_len = frame.length;
      link->taken = frame.prefix + frame.length;
      return SG_OK;
    case FRAME_MORE: break;
    case FRAME_TOO_LARGE: return link_nonsense(link, "an answer that is too large", ret_error);
    case FRAME_MALFORMED: return link_nonsense(link, "something that is not an answer", ret_error);
    }
    int want = SSL_ERROR_NONE, number = 0;
    int got = link_fill(link, &want, &number);
    if (got < 0 && number == ENOMEM)
      return error_system(ret_error, ENOMEM, "Cannot read from %s", link->where);
    if (got < 0)
      return link_tls_failed(link, number, ret_error);
    if (got == 0 && link_wait(link->fd, want == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN, until_ms) <= 0)
      return link_late(link, "answer", ret_error);
  }
}
