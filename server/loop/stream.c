/*
 * OpenSSL, asked the same way everywhere: clear its queue of errors, call, read what the result means, clear again. The
 * queue is the process's; what one connection left in it would be read as the next one's failure.
 *
 * Plain OpenSSL over a socket and two evbuffers, rather than bufferevent_openssl: the library's own wrapper hides which of
 * close_notify, truncation and reset ended a connection, sends each extent as a record of its own, and never says goodbye.
 * Reading goes through one static record and is copied: an idle connection then holds no buffer at all, and a peer that
 * sends single bytes makes us keep single bytes.
 */
#include "loop/stream.h"

#include "base/err.h"

#include <errno.h>
#include <event2/buffer.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD_BYTES = 16 * 1024 }; /* the longest plaintext of a TLS record */

static uint8_t scratch[RECORD_BYTES];

int stream_init(struct stream *stream, struct tls *tls, int fd) {
  *stream = (struct stream){.tls = tls_ref(tls), .fd = fd};
  if ((stream->in = evbuffer_new()) && (stream->out = evbuffer_new()))
    return 0;
  stream_done(stream);
  return E_NOMEM;
}

void stream_done(struct stream *stream) {
  SSL_free(stream->ssl);
  tls_unref(stream->tls);
  if (stream->in)
    evbuffer_free(stream->in);
  if (stream->out)
    evbuffer_free(stream->out);
  close(stream->fd);
}

/* What a result <= 0 means; where it is a wait, one of the two bits is set. */
static enum stream_result stream_result(const struct stream *stream, int result, bool *wants_read, bool *wants_write) {
  switch (SSL_get_error(stream->ssl, result)) {
  case SSL_ERROR_WANT_READ: *wants_read = true; return STREAM_WAITS;
  case SSL_ERROR_WANT_WRITE: *wants_write = true; return STREAM_WAITS;
  case SSL_ERROR_ZERO_RETURN: return STREAM_GOODBYE;
  case SSL_ERROR_SSL: /* OpenSSL 3 reports a hasty end as an error, not as an end */
    return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? STREAM_TRUNCATED : STREAM_BROKE;
  default: return STREAM_BROKE;
  }
}

/* ---- beginning ---- */

bool stream_has_left(const struct stream *stream) {
  char first;
  const ssize_t n = recv(stream->fd, &first, 1, MSG_PEEK);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void stream_explain(const struct stream *stream, char why[80]) {
  const long verdict = SSL_get_verify_result(stream->ssl);
  const char *text = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : ERR_reason_error_string(ERR_peek_error());
  snprintf(why, 80, "%s", text ? text : "reset");
}

/* OpenSSL's own state takes some 8 KiB; whoever connects and says nothing does not get it. */
static bool stream_prepare(struct stream *stream) {
  return stream->ssl || ((stream->ssl = tls_accept_new(stream->tls)) && SSL_set_fd(stream->ssl, stream->fd) == 1);
}

enum stream_result stream_shake(struct stream *stream, char why[80]) {
  bool reads = false;
  ERR_clear_error();
  stream->read_wants_write = false;
  if (!stream_prepare(stream)) {
    ERR_clear_error();
    snprintf(why, 80, "out of memory");
    return STREAM_BROKE;
  }
  const int n = SSL_do_handshake(stream->ssl);
  if (n == 1)
    return STREAM_DONE;
  enum stream_result result = stream_result(stream, n, &reads, &stream->read_wants_write);
  if (result != STREAM_WAITS) {
    stream_explain(stream, why);
    result = STREAM_BROKE;
  }
  ERR_clear_error();
  return result;
}

/* ---- bytes ---- */

enum stream_result stream_read(struct stream *stream, bool *ret_any) {
  enum stream_result result = STREAM_WAITS;
  bool reads = false;
  *ret_any = false;
  stream->read_wants_write = false;
  for (int i = 0; i < STREAM_RECORDS && result == STREAM_WAITS && !reads && !stream->read_wants_write; i++) {
    ERR_clear_error();
    const int n = SSL_read(stream->ssl, scratch, sizeof scratch);
    if (n <= 0)
      result = stream_result(stream, n, &reads, &stream->read_wants_write);
    else if (evbuffer_add(stream->in, scratch, (size_t)n) < 0)
      result = STREAM_BROKE;
    else
      *ret_any = true;
  }
  ERR_clear_error();
  return result;
}

enum stream_result stream_write(struct stream *stream) {
  enum stream_result result = STREAM_DONE;
  stream->write_wants_write = stream->write_wants_read = false;
  for (size_t len; result == STREAM_DONE && (len = evbuffer_get_length(stream->out)) > 0;) {
    if (len > RECORD_BYTES)
      len = RECORD_BYTES;
    const uint8_t *data = evbuffer_pullup(stream->out, (ev_ssize_t)len);
    ERR_clear_error();
    const int n = data ? SSL_write(stream->ssl, data, (int)len) : 0;
    if (n > 0)
      evbuffer_drain(stream->out, (size_t)n);
    else
      result = data ? stream_result(stream, n, &stream->write_wants_read, &stream->write_wants_write) : STREAM_BROKE;
  }
  ERR_clear_error();
  return result;
}

/* ---- ends ---- */

enum stream_result stream_finish(struct stream *stream) {
  enum stream_result result = STREAM_DONE;
  ERR_clear_error();
  const int n = SSL_shutdown(stream->ssl);
  if (n < 0)
    result = stream_result(stream, n, &stream->write_wants_read, &stream->write_wants_write);
  else
    stream_shut(stream);
  ERR_clear_error();
  return result;
}

void stream_shut(struct stream *stream) {
  (void)shutdown(stream->fd, SHUT_WR); /* fails where the peer has gone, and then there is nothing to shut */
}

enum stream_result stream_discard(struct stream *stream) {
  for (int i = 0; i < STREAM_RECORDS; i++) {
    const ssize_t n = read(stream->fd, scratch, sizeof scratch);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
      return STREAM_DONE;
    if (n < 0)
      break;
  }
  return STREAM_WAITS;
}
