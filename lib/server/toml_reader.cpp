#include "server/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log_text.hpp"

namespace roost {
namespace {

constexpr int levels_max = 100;
constexpr std::size_t message_bytes_max = 512;

/// Steps over TOML text as far as it must be understood to tell what nests from
/// what stands in strings and comments (TOML 1.0, "String" and "Comment").
class Steps {
 public:
  explicit Steps(std::string_view text) : text_(text) {}

  /// The line in which some statement has over `levels_max` dots and open
  /// brackets; 0 if none has.
  int too_deep_at() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      if (c == '"' || c == '\'') {
        skip_string(c);
        continue;
      }
      if (c == '\n') {
        ++line_;
        if (open_ == 0) dots_ = 0;
      }
      if (c == '.') ++dots_;
      if (c == '[' || c == '{') ++open_;
      if ((c == ']' || c == '}') && open_ > 0) --open_;
      if (open_ + dots_ > levels_max) return line_;
      ++at_;
    }
    return 0;
  }

 private:
  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_, 3) == three;
    at_ += is_long ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && quote == '"' && at_ + 1 < text_.size()) {
        ++at_;
        if (text_[at_] == '\n') ++line_;
      } else if (c == '\n') {
        if (!is_long) return;  // a syntax error; the parser will say so
        ++line_;
      } else if (!is_long && c == quote) {
        ++at_;
        return;
      } else if (is_long && text_.substr(at_, 3) == three) {
        at_ += 3;
        // Up to two more quotes belong to the string that ends here.
        for (int extra = 0; extra < 2 && at_ < text_.size() && text_[at_] == quote; ++extra) ++at_;
        return;
      }
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int open_ = 0;
  int dots_ = 0;
};

}  // namespace

Result<toml::table, ConfigError> read_toml(std::string_view text, const std::string& file) {
  if (text.size() > toml_bytes_max) {
    return ConfigError{file, 0, 0, "", "the file is over 1 MiB"};
  }
  if (const int line = Steps(text).too_deep_at(); line != 0) {
    return ConfigError{file, line, 0, "", fmt::format("nested deeper than {} levels", levels_max)};
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const toml::source_position& at = error.source().begin;
    // The description quotes the file as it is.
    std::string message;
    log_text::append_safe(message, error.description(), message_bytes_max);
    return ConfigError{file, static_cast<int>(at.line), static_cast<int>(at.column), "",
                       std::move(message)};
  }
}

}  // namespace roost
