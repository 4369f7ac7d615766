/*
 * JSON, written.
 *
 * The escapes are those RFC 8259 demands (quote, backslash, below U+0020) and two it does not: U+2028 and U+2029, which end a
 * line in JavaScript, so that our JSON may also stand in a page. Numbers take the fewest digits that read back as the same
 * double: 0.1 stays 0.1, and nothing is lost between us, the database and a browser. Rejected: jansson for this, which builds
 * a tree of small allocations to print it once and free it.
 *
 * Finding the fewest digits by printing and reading back, up to three times, was a third of the time it takes to write an estimate
 * down. For numbers of everyday size (which %g writes without an exponent) the same digits come from whole numbers: v is m * 2^e,
 * and m * 10^k fits into 128 bits as long as no more than 22 decimals are asked for. Then digits and remainder are exact, and
 * whether they read back as v is a comparison.
 */
#include "base/json.h"

#include "proto/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_SHORT = 15, DIGITS_EXACT = 17, LINE_SEPARATOR = 0x2028, PARAGRAPH_SEPARATOR = 0x2029 };

__extension__ typedef unsigned __int128 wide;

static const char replacement[] = "\xef\xbf\xbd";

static const char *short_escape(uint32_t point) {
  switch (point) {
  case '"': return "\\\"";
  case '\\': return "\\\\";
  case '\b': return "\\b";
  case '\f': return "\\f";
  case '\n': return "\\n";
  case '\r': return "\\r";
  case '\t': return "\\t";
  default: return NULL;
  }
}

/* How many bytes from here on stand for themselves, one by one. */
static size_t plain_length(const char *s) {
  size_t n = 0;
  while (s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
    n++;
  return n;
}

void json_put_string(struct buf *buf, const char *s) {
  buf_put_u8(buf, '"');
  for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
    uint32_t point;
    n = plain_length(s);
    if (n > 0) {
      buf_put(buf, s, n);
      continue;
    }
    n = utf8_next(s, left, &point);
    const char *escape = n > 0 ? short_escape(point) : NULL;
    if (n == 0) {
      buf_put(buf, replacement, sizeof replacement - 1);
      n = 1;
    } else if (escape) {
      buf_put(buf, escape, strlen(escape));
    } else if (point < ' ' || point == LINE_SEPARATOR || point == PARAGRAPH_SEPARATOR) {
      buf_printf(buf, "\\u%04x", point);
    } else {
      buf_put(buf, s, n);
    }
  }
  buf_put_u8(buf, '"');
}

/* ---------------------------------------------------------------- numbers */

static wide power_of_ten(int n) {
  wide power = 1;
  while (n-- > 0)
    power *= 10;
  return power;
}

/* v * 10^decimals, rounded as printf does it (a tie to the even one), where that many decimals read back as v; else 0. v is m *
 * 2^-s; no m that is a power of two, below which the next double is nearer. */
static uint64_t digits_of(uint64_t m, int s, int decimals) {
  wide scale = power_of_ten(decimals), exact = m * scale, one = (wide)1 << s;
  uint64_t digits = (uint64_t)(exact >> s);
  wide rest = exact & (one - 1);
  bool up = rest > one / 2 || (rest == one / 2 && digits % 2 == 1);
  wide off = 2 * (up ? one - rest : rest);
  return off < scale || (off == scale && m % 2 == 0) ? digits + up : 0;
}

/* In the form of %g, whose digits after the point end with one that is not 0. `out` has room for it. */
static size_t put_fixed(char *out, bool negative, uint64_t digits, int decimals) {
  char text[24];
  size_t n = 0, len = 0;
  while (decimals > 0 && digits % 10 == 0) {
    digits /= 10;
    decimals--;
  }
  for (int place = 0; digits > 0 || place <= decimals; place++, digits /= 10) {
    if (place == decimals && decimals > 0)
      text[n++] = '.';
    text[n++] = (char)('0' + digits % 10);
  }
  if (negative)
    out[len++] = '-';
  while (n > 0)
    out[len++] = text[--n];
  return len;
}

/* 0 where the number is not of everyday size. */
static size_t everyday_number(char *out, double v) {
  enum { MANTISSA_BITS = 53, BELOW_ONE = 4 };
  static const double tens[] = {1e-4, 1e-3, 1e-2, 1e-1, 1,    1e1,  1e2,  1e3,  1e4,  1e5,
                                1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const int tens_n = sizeof tens / sizeof *tens;
  double size = fabs(v);
  int above = 0, exponent;
  while (above < tens_n && size >= tens[above])
    above++;
  if (above == 0 || above == tens_n)
    return 0;
  int whole = above - BELOW_ONE; /* digits before the point; none and less for what is below .1 */
  uint64_t m = (uint64_t)ldexp(frexp(size, &exponent), MANTISSA_BITS);
  if ((m & (m - 1)) == 0)
    return 0;
  for (int n = DIGITS_SHORT; n <= DIGITS_EXACT; n++) {
    uint64_t digits = n >= whole ? digits_of(m, MANTISSA_BITS - exponent, n - whole) : 0;
    if (digits > 0)
      return put_fixed(out, v < 0, digits, n - whole);
  }
  return 0;
}

void json_put_number(struct buf *buf, double v) {
  char text[32];
  if (!isfinite(v)) {
    buf_put(buf, "null", 4);
    return;
  }
  size_t len = everyday_number(text, v);
  if (len > 0) {
    buf_put(buf, text, len);
    return;
  }
  for (int digits = DIGITS_SHORT; digits <= DIGITS_EXACT; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, v);
    if (strtod(text, NULL) == v)
      break;
  }
  buf_put(buf, text, strlen(text));
}
