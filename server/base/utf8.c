/* UTF-8 for those who print or pass on what strangers wrote. A decoder of our own because mbrtowc() depends on the locale of
 * the process, and iconv takes overlong forms in some versions. */
#include "base/utf8.h"

size_t utf8_next(const char *s, size_t len, uint32_t *ret_point) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (len == 0)
    return 0;
  uint8_t first = (uint8_t)s[0];
  size_t n = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
  if (n == 0 || n > len)
    return 0;
  uint32_t point = n == 1 ? first : first & (0xFFU >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    uint8_t next = (uint8_t)s[i];
    if (next >> 6 != 2)
      return 0;
    point = point << 6 | (next & 0x3F);
  }
  if (point < smallest[n] || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF)
    return 0;
  *ret_point = point;
  return n;
}

bool utf8_is_control(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F)                                /* C0, DEL, C1 */
         || point == 0x2028 || point == 0x2029                                           /* separators */
         || (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) /* direction */
         || point == 0x200E || point == 0x200F || point == 0x061C || point == 0xFEFF;
}
