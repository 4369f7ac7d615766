/*
 * On the way to an identity provider and back: its document, the addresses it may name, the flow that a browser keeps, and the
 * pages that a person sees.
 */
#include "base/conf.h"
#include "base/err.h"
#include "office/oidc_client.h"
#include "office/oidc_discovery.h"
#include "office/oidc_flow.h"
#include "office/page.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ISSUER "https://id.example.edu"

enum { NOW_S = 1800000000, TEXT = 8192 };

/* ---------------------------------------------------------------- discovery */

static void addresses_stay_at_the_provider(void **state) {
  static const struct {
    const char *url, *also_at;
    bool allowed;
  } rows[] = {
      {"https://id.example.edu/token", "", true},
      {"https://ID.example.edu:443/token?p=1", "", true},
      {"http://id.example.edu/token", "", false},
      {"https://id.example.edu:8443/token", "", false},
      {"https://id.example.edu.evil.example/token", "", false},
      {"https://evil.example/https://id.example.edu", "", false},
      {"https://id.example.edu@evil.example/", "", false},
      {"https://user:pw@id.example.edu/", "", false},
      {"https://id.example.edu/#x", "", false},
      {"https://169.254.169.254/latest", "", false},
      {"file:///etc/passwd", "", false},
      {"//id.example.edu/token", "", false},
      {"id.example.edu/token", "", false},
      {"", "", false},
      {"https://id.example.edu\\@evil.example/", "", false},
      {"https://id.example.edu/a b", "", false},
      {"https://oauth.example.com/token", "www.example.com, oauth.example.com", true},
      {"https://oauth.example.com:8443/token", "www.example.com, oauth.example.com", false},
      {"https://oauth.example.com:8443/token", "oauth.example.com:8443", true},
      {"https://example.com/token", "oauth.example.com,,", false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(oidc_url_allowed(rows[i].url, ISSUER, rows[i].also_at), rows[i].allowed);
}

static void an_issuer_is_an_address_without_more(void **state) {
  char url[OIDC_URL_BYTES];
  (void)state;
  assert_null(oidc_issuer_objection("https://id.example.edu"));
  assert_null(oidc_issuer_objection("https://id.example.edu/realms/school"));
  assert_non_null(oidc_issuer_objection("http://id.example.edu"));
  assert_non_null(oidc_issuer_objection("id.example.edu"));
  assert_non_null(oidc_issuer_objection("https://id.example.edu?x"));
  assert_non_null(oidc_issuer_objection("https://id.example.edu#x"));
  assert_true(oidc_discovery_url("https://id.example.edu/realms/school/", url));
  assert_string_equal(url, "https://id.example.edu/realms/school/.well-known/openid-configuration");
  char endless[OIDC_URL_BYTES];
  memset(endless, 'a', sizeof endless);
  endless[sizeof endless - 1] = '\0';
  assert_false(oidc_discovery_url(endless, url));
}

static void the_document_is_the_issuers_and_enough(void **state) {
  static const struct {
    const char *change;
    enum oidc_flaw flaw;
  } rows[] = {
      {"{}", OIDC_FLAW_NONE},
      {"{\"issuer\":\"https://id.example.edu/\"}", OIDC_FLAW_ISSUER},
      {"{\"issuer\":null}", OIDC_FLAW_ISSUER},
      {"{\"token_endpoint\":null}", OIDC_FLAW_ENDPOINT},
      {"{\"token_endpoint\":\"https://evil.example/token\"}", OIDC_FLAW_ENDPOINT},
      {"{\"jwks_uri\":\"http://id.example.edu/jwks\"}", OIDC_FLAW_ENDPOINT},
      {"{\"authorization_endpoint\":7}", OIDC_FLAW_ENDPOINT},
      {"{\"userinfo_endpoint\":\"https://evil.example/me\"}", OIDC_FLAW_ENDPOINT},
      {"{\"userinfo_endpoint\":\"https://id.example.edu/me\"}", OIDC_FLAW_NONE},
      {"{\"response_types_supported\":[\"id_token\"]}", OIDC_FLAW_FEATURE},
      {"{\"response_types_supported\":[\"id_token\",\"code\"]}", OIDC_FLAW_NONE},
      {"{\"code_challenge_methods_supported\":[\"plain\"]}", OIDC_FLAW_FEATURE},
      {"{\"code_challenge_methods_supported\":[\"plain\",\"S256\"]}", OIDC_FLAW_NONE},
      {"{\"id_token_signing_alg_values_supported\":[\"HS256\",\"none\"]}", OIDC_FLAW_FEATURE},
      {"{\"id_token_signing_alg_values_supported\":[\"HS256\",\"ES256\"]}", OIDC_FLAW_NONE},
      {"{\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]}", OIDC_FLAW_FEATURE},
      {"{\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"]}", OIDC_FLAW_NONE},
  };
  struct oidc_discovery discovery;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    json_t *document = json_pack("{s:s,s:s,s:s,s:s}", "issuer", ISSUER, "authorization_endpoint", ISSUER "/auth", "token_endpoint",
                                 ISSUER "/token", "jwks_uri", ISSUER "/jwks");
    json_t *changes = json_loads(rows[i].change, 0, NULL), *value;
    const char *name;
    json_object_foreach(changes, name, value) json_object_set(document, name, value);
    char *text = json_dumps(document, 0);
    assert_int_equal(oidc_discovery_read(text, strlen(text), ISSUER, "", &discovery), rows[i].flaw);
    free(text);
    json_decref(changes);
    json_decref(document);
  }
  assert_true(discovery.secret_in_body);
  assert_string_equal(discovery.token, ISSUER "/token");
  assert_string_equal(discovery.userinfo, "");
  assert_int_equal(oidc_discovery_read("{", 1, ISSUER, "", &discovery), OIDC_FLAW_FORM);
}

/* ---------------------------------------------------------------- the flow */

static struct seal key_of(uint8_t first) {
  struct seal office = {.n = 1, .keys = {{.number = 1, .key = {first}}}}, key;
  oidc_flow_key(&office, &key);
  assert_memory_not_equal(office.keys[0].key, key.keys[0].key, sizeof key.keys[0].key);
  return key;
}

/* Each daemon makes its keys of the office's, whichever of those it has read. */
static void who_set_out_before_a_key_was_added_comes_back(void **state) {
  struct seal office = {.n = 1, .keys = {{.number = 1, .key = {7}}}}, before, after;
  struct oidc_flow flow, back;
  char text[OIDC_FLOW_TEXT];
  (void)state;
  oidc_flow_key(&office, &before);
  assert_int_equal(oidc_flow_begin("localhost:7445", "", NOW_S, &flow), 0);
  assert_int_equal(oidc_flow_seal(&before, &flow, text), 0);
  assert_int_equal(seal_add(&office), 0);
  oidc_flow_key(&office, &after);
  assert_true(oidc_flow_open(&after, text, NOW_S, &back));
  seal_remove(&office, 1);
  oidc_flow_key(&office, &after);
  assert_false(oidc_flow_open(&after, text, NOW_S, &back)); /* that person begins anew */
}

static void a_flow_opens_here_and_for_ten_minutes(void **state) {
  const struct seal key = key_of(1), other = key_of(2);
  struct oidc_flow flow, back;
  char text[OIDC_FLOW_TEXT];
  (void)state;
  assert_int_equal(oidc_flow_begin("localhost:7445", "", NOW_S, &flow), 0);
  assert_string_not_equal(flow.state, flow.nonce);
  assert_string_not_equal(flow.nonce, flow.verifier);
  assert_int_equal(oidc_flow_seal(&key, &flow, text), 0);
  assert_int_equal(strlen(text), OIDC_FLOW_TEXT - 1);
  assert_null(strstr(text, "localhost"));
  assert_true(oidc_flow_open(&key, text, NOW_S, &back));
  assert_memory_equal(&flow, &back, sizeof flow);
  assert_true(oidc_flow_open(&key, text, NOW_S + OIDC_FLOW_S, &back));
  assert_false(oidc_flow_open(&key, text, NOW_S + OIDC_FLOW_S + 1, &back));
  assert_false(oidc_flow_open(&key, text, NOW_S - 1, &back));
  assert_false(oidc_flow_open(&other, text, NOW_S, &back));
  assert_false(oidc_flow_open(&key, "", NOW_S, &back));
  for (size_t i = 0; i < strlen(text); i += 7) {
    char bent[OIDC_FLOW_TEXT];
    memcpy(bent, text, sizeof bent);
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    assert_false(oidc_flow_open(&key, bent, NOW_S, &back));
  }
  text[strlen(text) - 1] = '\0';
  assert_false(oidc_flow_open(&key, text, NOW_S, &back));
  char endless[OIDC_HOST_BYTES + 1];
  memset(endless, 'a', sizeof endless);
  endless[sizeof endless - 1] = '\0';
  assert_int_equal(oidc_flow_begin(endless, "", NOW_S, &flow), E_LIMIT);
}

static void no_two_flows_are_alike(void **state) {
  struct oidc_flow one, two;
  (void)state;
  assert_int_equal(oidc_flow_begin("localhost", "", NOW_S, &one), 0);
  assert_int_equal(oidc_flow_begin("localhost", "", NOW_S, &two), 0);
  assert_string_not_equal(one.state, two.state);
  assert_string_not_equal(one.nonce, two.nonce);
  assert_string_not_equal(one.verifier, two.verifier);
}

/* RFC 7636, appendix B: verifier and challenge; and what is asked for besides. */
static void the_browser_is_sent_with_all_that_is_wanted(void **state) {
  struct conf conf = {.oidc_client_id = (char[]){"step guard"}, .oidc_scopes = (char[]){"openid email"}};
  const struct oidc_client client = {.conf = &conf};
  struct oidc_discovery discovery = {.authorization = ISSUER "/auth"};
  struct oidc_flow flow = {.state = "STATE", .nonce = "NONCE", .host = "[::1]:7445"};
  struct buf url;
  (void)state;
  snprintf(flow.verifier, sizeof flow.verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  buf_init(&url, TEXT);
  oidc_flow_put_url(&url, &flow, &client, &discovery);
  buf_put_u8(&url, '\0');
  assert_int_equal(buf_finish(&url), 0);
  assert_string_equal(
      (char *)url.data,
      ISSUER "/auth?response_type=code&response_mode=query&client_id=step%20guard&redirect_uri=https%3A%2F%2F%5B%3A%3A1%5D%"
             "3A7445%2Fapi%2Fv1%2Foidc%2Fcallback&scope=openid%20email&state=STATE&nonce=NONCE&code_challenge="
             "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
  buf_clear(&url);
  snprintf(flow.session, sizeof flow.session, "a session");
  snprintf(discovery.authorization, sizeof discovery.authorization, ISSUER "/auth?p=1");
  oidc_flow_put_url(&url, &flow, &client, &discovery);
  buf_put_u8(&url, '\0');
  assert_non_null(strstr((char *)url.data, "/auth?p=1&response_type=code&"));
  assert_non_null(strstr((char *)url.data, "&prompt=login&max_age=0"));
  assert_null(strstr((char *)url.data, "session"));
  buf_done(&url);
}

/* ---------------------------------------------------------------- pages */

static void a_page_shows_text_as_text(void **state) {
  const struct problem problem = {.status = 403, .code = "x", .detail = "<script>\"a\" & 'b'</script>", .remedy = ""};
  struct buf page;
  (void)state;
  buf_init(&page, TEXT);
  page_put_problem(&page, &problem, "1-2");
  buf_put_u8(&page, '\0');
  assert_int_equal(buf_finish(&page), 0);
  assert_non_null(strstr((char *)page.data, "&#60;script&#62;&#34;a&#34; &#38; &#39;b&#39;"));
  assert_null(strstr((char *)page.data, "<script"));
  assert_true(page_wanted("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"));
  assert_false(page_wanted("*/*"));
  assert_false(page_wanted(NULL));
  buf_done(&page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses_stay_at_the_provider),
      cmocka_unit_test(an_issuer_is_an_address_without_more),
      cmocka_unit_test(the_document_is_the_issuers_and_enough),
      cmocka_unit_test(a_flow_opens_here_and_for_ten_minutes),
      cmocka_unit_test(who_set_out_before_a_key_was_added_comes_back),
      cmocka_unit_test(no_two_flows_are_alike),
      cmocka_unit_test(the_browser_is_sent_with_all_that_is_wanted),
      cmocka_unit_test(a_page_shows_text_as_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
