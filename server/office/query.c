/*
 * Query strings, as forms make them (application/x-www-form-urlencoded), and stricter than most: a name comes once, is one
 * of our names by its letters, and is not that of a path parameter; a value is UTF-8 without control characters. Whatever is
 * not so is refused with the name it is about, for a filter that is silently dropped shows a list that means something else.
 *
 * Rejected: repeated names as lists (each framework reads them differently, which is how one of two filters gets past a
 * check), brackets, semicolons.
 */
#include "office/query.h"

#include "base/err.h"
#include "base/hex.h"
#include "proto/utf8.h"

#include <string.h>

static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

int params_add(struct params *params, const char *name, const char *value) {
  if (params->n >= OFFICE_PARAMS)
    return E_LIMIT;
  params->item[params->n++] = (struct param){name, value};
  return E_OK;
}

const char *params_get(const struct params *params, const char *name) {
  for (size_t i = 0; i < params->n; i++)
    if (strcmp(params->item[i].name, name) == 0)
      return params->item[i].value;
  return NULL;
}

/* In place: decoding never makes longer. */
static int decode(char *text) {
  char *to = text;
  for (const char *at = text; *at; at++) {
    if (*at == '%') {
      const int high = hex_digit(at[1]), low = high < 0 ? -1 : hex_digit(at[2]);
      if (low < 0 || high * 16 + low == 0)
        return E_INVALID;
      *to++ = (char)(high * 16 + low);
      at += 2;
    } else {
      *to++ = *at == '+' ? ' ' : *at;
    }
  }
  *to = '\0';
  return utf8_plain(text, (size_t)(to - text)) ? E_OK : E_INVALID;
}

static int take(char *name, struct params *params, const char **ret_field, const char **ret_why) {
  char *value = name + strcspn(name, "=");
  if (*value)
    *value++ = '\0';
  if (*name == '\0' || name[strspn(name, name_chars)] != '\0' || strcmp(name, "body") == 0 || strcmp(name, "once") == 0) {
    *ret_why = "A parameter of the query has a name that is not known here.";
    return E_INVALID;
  }
  *ret_field = name;
  if (params_get(params, name)) {
    *ret_why = "A parameter of the query is given twice.";
    return E_INVALID;
  }
  if (decode(value) < 0) {
    *ret_why = "A parameter of the query is not plain text in UTF-8.";
    return E_INVALID;
  }
  if (params_add(params, name, value) < 0) {
    *ret_why = "The query has too many parameters.";
    return E_INVALID;
  }
  *ret_field = "";
  return E_OK;
}

int query_parse(char *query, struct params *params, const char **ret_field, const char **ret_why) {
  *ret_field = *ret_why = "";
  for (char *at = query, *next; *at; at = next) {
    size_t len = strcspn(at, "&");
    next = at + len + (at[len] == '&');
    at[len] = '\0';
    if (len == 0)
      continue; /* "?a=1&" is what some scripts make */
    const int err = take(at, params, ret_field, ret_why);
    if (err)
      return err;
  }
  return E_OK;
}

void query_escape(struct buf *out, const char *text) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (; *text; text++) {
    if (strchr(plain, *text))
      buf_put_u8(out, (uint8_t)*text);
    else
      buf_printf(out, "%%%02X", (unsigned char)*text);
  }
}
