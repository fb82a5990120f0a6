// The parts of a JSON string that reading and writing share. Private to base.
#pragma once

#include <bit>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace roost::json {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Ends a run of plain characters of a string.
inline bool is_special(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// The first byte that ends a run of plain characters, or `end`.
inline const char* skip_plain(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i quotes = _mm_set1_epi8('"');
  const __m128i backslashes = _mm_set1_epi8('\\');
  const __m128i controls = _mm_set1_epi8(0x1F);
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i hits = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, quotes), _mm_cmpeq_epi8(bytes, backslashes)),
        _mm_cmpeq_epi8(_mm_min_epu8(bytes, controls), bytes));
    const auto places = static_cast<unsigned>(_mm_movemask_epi8(hits));
    if (places != 0) return at + std::countr_zero(places);
  }
#endif
  while (at != end && !is_special(*at)) ++at;
  return at;
}

inline int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The code unit of the four hex digits at `at`, or -1.
inline int code_unit(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

inline bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
inline bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

}  // namespace roost::json
