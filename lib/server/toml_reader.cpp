#include "server/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log_text.hpp"

namespace roost {
namespace {

constexpr int levels_max = 100;
constexpr std::size_t message_bytes_max = 512;

struct Objection {
  int line;
  std::string message;
};

/// Steps over TOML text as far as it must be understood to tell what stands in
/// strings and comments (TOML 1.0, "String" and "Comment") from what does not.
class Steps {
 public:
  explicit Steps(std::string_view text) : text_(text) {}

  /// Refused: a statement with over `levels_max` dots and open brackets; and,
  /// because the parser's own test for it runs off its table (toml++ 3.3, its
  /// is_non_ascii_horizontal_whitespace), non-ASCII outside strings and comments.
  std::optional<Objection> refusal() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark, as editors leave it
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
      if (open_ + dots_ > levels_max) {
        return Objection{line_, fmt::format("nested deeper than {} levels", levels_max)};
      }
      if (static_cast<unsigned char>(c) >= 0x80) {
        return Objection{line_, "only strings and comments may go beyond ASCII"};
      }
      ++at_;
    }
    return {};
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
  if (std::optional<Objection> refusal = Steps(text).refusal()) {
    return ConfigError{file, refusal->line, 0, "", std::move(refusal->message)};
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
