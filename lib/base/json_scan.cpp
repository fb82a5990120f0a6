#include "base/json_scan.hpp"

#include <algorithm>

#include "base/json_lexical.hpp"

namespace roost::json {
namespace {

/// The bound of any `levels_max`: what the bits of Levels have room for.
constexpr unsigned levels_bound = 1024;

/// Which of the open levels are objects: a stack of bits, so that skipping a
/// nested value needs neither recursion nor an allocation.
class Levels {
 public:
  unsigned depth() const { return depth_; }
  void push(bool object) {
    const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = words_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
    ++depth_;
  }
  void pop() { --depth_; }
  bool top_is_object() const { return (words_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0; }

 private:
  std::uint64_t words_[levels_bound / 64] = {};
  unsigned depth_ = 0;
};

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

const char* skip_space(const char* at, const char* end) {
  while (at != end && is_space(*at)) ++at;
  return at;
}

/// Skips an escape; `at` is at its backslash. RFC 8259 section 7, but half a
/// surrogate pair is refused: it has no UTF-8, so nobody could pass it on.
bool skip_escape(const char*& at, const char* end) {
  if (end - at < 2) return false;
  switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      at += 2;
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  const int unit = code_unit(at + 2, end);
  if (unit < 0 || is_low_surrogate(unit)) return false;
  if (is_high_surrogate(unit)) {
    const char* const second = at + 6;
    if (end - second < 6 || second[0] != '\\' || second[1] != 'u') return false;
    if (!is_low_surrogate(code_unit(second + 2, end))) return false;
    at = second;
  }
  at += 6;
  return true;
}

/// Skips a string; `at` is at its opening quote.
bool skip_string(const char*& at, const char* end, bool& escaped) {
  ++at;
  for (;;) {
    at = skip_plain(at, end);
    if (at == end) return false;
    if (*at == '"') break;
    if (*at != '\\' || !skip_escape(at, end)) return false;
    escaped = true;
  }
  ++at;
  return true;
}

/// The digits of 2^1024 - 2^970, the least number that rounds to infinity.
constexpr std::string_view overflow_digits =
    "1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775"
    "8"
    "7207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817"
    "7"
    "1153176447573027006985557136695962284291481986083493647529271907416844436551070434271155969950"
    "8"
    "093042880177904174497792";

/// True where the number (of correct grammar) rounds to a finite double. Linear
/// in its length, for it may have a million digits.
bool fits_double(std::string_view number) {
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  long long exponent = 0;
  for (const char c : number.substr(e)) {
    if (is_digit(c) && exponent < 1'000'000'000'000) exponent = exponent * 10 + (c - '0');
  }
  if (e + 1 < number.size() && number[e + 1] == '-') exponent = -exponent;

  // Read it as 0.DIGITS * 10^power, with no zero in front of the digits.
  long long power = exponent;
  std::size_t digits = 0;
  int order = 0;  // of the digits so far against those of the overflow
  bool in_fraction = false;
  for (const char c : number.substr(0, e)) {
    if (c == '.') in_fraction = true;
    if (!is_digit(c)) continue;
    if (digits == 0 && c == '0') {
      power -= in_fraction ? 1 : 0;
      continue;
    }
    power += in_fraction ? 0 : 1;
    if (order == 0 && digits < overflow_digits.size()) order = c - overflow_digits[digits];
    ++digits;
  }
  constexpr auto overflow_power = static_cast<long long>(overflow_digits.size());
  if (digits == 0 || power != overflow_power) return digits == 0 || power < overflow_power;
  return order < 0 || (order == 0 && digits < overflow_digits.size());
}

bool skip_digits(const char*& at, const char* end) {
  const char* const begin = at;
  while (at != end && is_digit(*at)) ++at;
  return at != begin;
}

/// RFC 8259 section 6, and within the range of a double.
bool skip_number(const char*& at, const char* end) {
  const char* const begin = at;
  if (*at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if (!skip_digits(at, end)) {
    return false;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!skip_digits(at, end)) return false;
  }
  const bool has_exponent = at != end && (*at == 'e' || *at == 'E');
  if (has_exponent) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!skip_digits(at, end)) return false;
  }
  // Without an exponent it takes more than 300 digits to leave the range.
  const auto length = static_cast<std::size_t>(at - begin);
  return (!has_exponent && length <= 300) || fits_double({begin, length});
}

bool skip_word(const char*& at, const char* end, std::string_view word) {
  if (!std::string_view(at, static_cast<std::size_t>(end - at)).starts_with(word)) return false;
  at += word.size();
  return true;
}

/// Skips anything but an array or an object; there is a byte at `at`.
bool skip_scalar(const char*& at, const char* end, Value& out) {
  switch (*at) {
    case '"':
      out.kind = Kind::string;
      return skip_string(at, end, out.escaped);
    case 't':
      out.kind = Kind::boolean;
      return skip_word(at, end, "true");
    case 'f':
      out.kind = Kind::boolean;
      return skip_word(at, end, "false");
    case 'n':
      out.kind = Kind::null;
      return skip_word(at, end, "null");
    default:
      out.kind = Kind::number;
      return (*at == '-' || is_digit(*at)) && skip_number(at, end);
  }
}

/// Skips white space, a member's name and its colon.
bool skip_name(const char*& at, const char* end, Value& name) {
  at = skip_space(at, end);
  if (at == end || *at != '"') return false;
  const char* const begin = at;
  name.kind = Kind::string;
  name.escaped = false;
  if (!skip_string(at, end, name.escaped)) return false;
  name.raw = {begin, static_cast<std::size_t>(at - begin)};
  at = skip_space(at, end);
  if (at == end || *at != ':') return false;
  ++at;
  return true;
}

constexpr char closing(bool object) {
  return object ? '}' : ']';
}

/// Skips an array or an object of at most `levels_max` levels; `at` is at its
/// opening bracket.
bool skip_nested(const char*& at, const char* end, unsigned levels_max) {
  Levels open;
  Value ignored;
  for (;;) {
    // A value begins here.
    at = skip_space(at, end);
    if (at == end) return false;
    if (*at == '{' || *at == '[') {
      if (open.depth() == levels_max) return false;
      const bool object = *at == '{';
      at = skip_space(at + 1, end);
      if (at == end) return false;
      if (*at != closing(object)) {
        open.push(object);
        if (object && !skip_name(at, end, ignored)) return false;
        continue;
      }
      ++at;
    } else if (!skip_scalar(at, end, ignored)) {
      return false;
    }

    // A value has ended: a comma leads to the next one, a bracket ends the one around it.
    for (;; open.pop(), ++at) {
      if (open.depth() == 0) return true;
      at = skip_space(at, end);
      if (at == end) return false;
      if (*at == ',') break;
      if (*at != closing(open.top_is_object())) return false;
    }
    ++at;
    if (open.top_is_object() && !skip_name(at, end, ignored)) return false;
  }
}

}  // namespace

Scanner::Scanner(std::string_view text, unsigned levels_max) noexcept
    : begin_(text.data()),
      at_(begin_),
      end_(begin_ + text.size()),
      levels_max_(std::min(levels_max, levels_bound)) {}

bool Scanner::fail() noexcept {
  failed_ = true;
  end_ = at_;  // so that every later call finds nothing to read
  return false;
}

bool Scanner::value(Value& out) noexcept {
  at_ = skip_space(at_, end_);
  if (at_ == end_) return fail();
  const char* const begin = at_;
  out.escaped = false;
  if (*at_ == '{' || *at_ == '[') {
    out.kind = *at_ == '{' ? Kind::object : Kind::array;
    if (!skip_nested(at_, end_, levels_max_ - levels_)) return fail();
  } else if (!skip_scalar(at_, end_, out)) {
    return fail();
  }
  out.raw = {begin, static_cast<std::size_t>(at_ - begin)};
  return true;
}

bool Scanner::enter(char bracket) noexcept {
  at_ = skip_space(at_, end_);
  if (at_ == end_ || *at_ != bracket || levels_ == levels_max_) return fail();
  ++at_;
  ++levels_;
  first_ = true;
  return true;
}

bool Scanner::next(char closing_bracket) noexcept {
  at_ = skip_space(at_, end_);
  if (at_ == end_) return fail();
  const bool first = first_;
  first_ = false;
  if (*at_ == closing_bracket) {
    if (levels_ == 0) return fail();
    ++at_;
    --levels_;
    return false;
  }
  if (first) return true;
  if (*at_ != ',') return fail();
  ++at_;
  return true;
}

bool Scanner::enter_object() noexcept {
  return enter('{');
}

bool Scanner::next_member(Value& name) noexcept {
  if (!next('}')) return false;
  return skip_name(at_, end_, name) || fail();
}

bool Scanner::enter_array() noexcept {
  return enter('[');
}

bool Scanner::next_element() noexcept {
  return next(']');
}

bool Scanner::finish() noexcept {
  at_ = skip_space(at_, end_);
  return !failed_ && levels_ == 0 && at_ == end_;
}

bool is_json(std::string_view text, unsigned levels_max) noexcept {
  Scanner scanner(text, levels_max);
  Value ignored;
  return scanner.value(ignored) && scanner.finish();
}

}  // namespace roost::json
