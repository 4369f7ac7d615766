/*
 * TLS contexts of the server's ports.
 *
 * One profile for all of them: TLS 1.3 and nothing older; no session cache, no tickets, no early data, because a resumed
 * session does not show the certificate again and so outlives its revocation; ALPN exact, so that a server of another
 * protocol cannot be talked into ours, and required on the ports where only our own client comes. A client certificate, where one
 * is asked for, is checked against the given CA with the purpose of a TLS client and the strict reading of RFC 5280.
 *
 * Peers that bring no ALPN at all are turned away in the ClientHello callback, before any key is computed: OpenSSL calls the
 * selection callback only for those that bring one.
 *
 * A context never changes once it stands. A reload makes a new one aside and swaps it in (loop/listener.c); SIGHUP with a
 * broken certificate therefore changes nothing.
 */
#include "loop/tls.h"

#include "base/err.h"
#include "loop/pem.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  /* Leaf, an intermediate that a school may put between, root. Longer chains are somebody's experiment. */
  TLS_CHAIN_DEPTH = 2,
  TLS_ALPN_BYTES = 32,
};

struct tls {
  unsigned refs;
  SSL_CTX *ctx;
  unsigned char alpn[1 + TLS_ALPN_BYTES]; /* length, then the name: as it stands on the wire */
  unsigned alpn_len;
  bool alpn_optional;
};

/* ---- the profile ---- */

static int tls_hello(SSL *ssl, int *alert, void *arg) {
  const unsigned char *alpn;
  size_t len;
  const struct tls *tls = arg;
  if (tls->alpn_optional || SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &alpn, &len))
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  ERR_raise(ERR_LIB_SSL, SSL_R_NO_APPLICATION_PROTOCOL); /* for the log; its own word is "callback failed" */
  return SSL_CLIENT_HELLO_ERROR;
}

static int tls_select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len,
                           void *arg) {
  const struct tls *tls = arg;
  (void)ssl;
  for (unsigned at = 0; at < in_len && at + 1 + in[at] <= in_len; at += 1u + in[at])
    if (in[at] == tls->alpn[0] && memcmp(in + at, tls->alpn, tls->alpn_len) == 0) {
      *out = in + at + 1;
      *out_len = in[at];
      return SSL_TLSEXT_ERR_OK;
    }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int tls_set_profile(struct tls *tls) {
  SSL_CTX *ctx = tls->ctx;
  if (!SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) || !SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) ||
      !SSL_CTX_set_num_tickets(ctx, 0) || !SSL_CTX_set_max_early_data(ctx, 0) ||
      !SSL_CTX_set_session_id_context(ctx, tls->alpn, tls->alpn_len))
    return E_TLS;
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  /* An idle session gives its record buffers back: 15 KiB instead of 30. The evbuffer may move what was not written yet.
   * No auto-retry: a peer that sends key updates without end must not keep SSL_read from returning. */
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_client_hello_cb(ctx, tls_hello, tls);
  SSL_CTX_set_alpn_select_cb(ctx, tls_select_alpn, tls);
  return 0;
}

/* ---- files ---- */

static int tls_explain(int err, char *reason, size_t cap, const char *file, const char *what) {
  const unsigned long code = ERR_peek_last_error();
  const char *why = code ? ERR_reason_error_string(code) : NULL;
  snprintf(reason, cap, "%s: %s%s%s%s", file, what, why ? " (" : "", why ? why : "", why ? ")" : "");
  ERR_clear_error();
  return err;
}

static int tls_load_key(SSL_CTX *ctx, const char *path, char *reason, size_t cap) {
  EVP_PKEY *key = pem_key(path, reason, cap);
  if (!key)
    return E_CONFIG;
  const bool fits = SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1;
  EVP_PKEY_free(key);
  return fits ? 0 : tls_explain(E_TLS, reason, cap, path, "the key does not belong to the certificate");
}

static int tls_load_client_ca(SSL_CTX *ctx, const char *path, char *reason, size_t cap) {
  STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
  if (!names || SSL_CTX_load_verify_file(ctx, path) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return tls_explain(E_CONFIG, reason, cap, path, "no CA certificate in PEM");
  }
  SSL_CTX_set_client_CA_list(ctx, names);
  X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
  if (X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT) != 1 ||
      X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT) != 1)
    return tls_explain(E_TLS, reason, cap, path, "client certificates cannot be checked");
  SSL_CTX_set_verify_depth(ctx, TLS_CHAIN_DEPTH);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  return 0;
}

/* ---- life ---- */

int tls_new(const struct tls_options *options, struct tls **ret, char *reason, size_t reason_cap) {
  const size_t alpn_len = strlen(options->alpn);
  int err = E_NOMEM;
  ERR_clear_error();
  struct tls *tls = calloc(1, sizeof *tls);
  if (!tls || alpn_len == 0 || alpn_len > TLS_ALPN_BYTES || !(tls->ctx = SSL_CTX_new(TLS_server_method()))) {
    snprintf(reason, reason_cap, "no TLS context could be made");
    goto fail;
  }
  tls->refs = 1;
  tls->alpn[0] = (unsigned char)alpn_len;
  memcpy(tls->alpn + 1, options->alpn, alpn_len);
  tls->alpn_len = (unsigned)alpn_len + 1;
  tls->alpn_optional = options->alpn_optional;
  if ((err = tls_set_profile(tls)) < 0) {
    snprintf(reason, reason_cap, "this OpenSSL does not take TLS 1.3 without tickets");
    goto fail;
  }
  if (SSL_CTX_use_certificate_chain_file(tls->ctx, options->certificate) != 1) {
    err = tls_explain(E_CONFIG, reason, reason_cap, options->certificate, "no certificate chain in PEM");
    goto fail;
  }
  if ((err = tls_load_key(tls->ctx, options->key, reason, reason_cap)) < 0 ||
      (options->client_ca && (err = tls_load_client_ca(tls->ctx, options->client_ca, reason, reason_cap)) < 0))
    goto fail;
  *ret = tls;
  return 0;
fail:
  if (tls)
    SSL_CTX_free(tls->ctx);
  free(tls);
  return err;
}

struct tls *tls_ref(struct tls *tls) {
  tls->refs++;
  return tls;
}

void tls_unref(struct tls *tls) {
  if (!tls || --tls->refs > 0)
    return;
  SSL_CTX_free(tls->ctx);
  free(tls);
}

SSL *tls_accept_new(struct tls *tls) {
  SSL *ssl = SSL_new(tls->ctx);
  if (ssl)
    SSL_set_accept_state(ssl);
  return ssl;
}
