#include "base/percent.hpp"

#include "base/json_lexical.hpp"

namespace roost {

std::optional<std::string> percent_decoded(std::string_view text, StrayPercent stray) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool has_digits = text[i] == '%' && text.size() - i > 2 &&
                            json::hex_value(text[i + 1]) >= 0 && json::hex_value(text[i + 2]) >= 0;
    if (has_digits) {
      decoded +=
          static_cast<char>(json::hex_value(text[i + 1]) * 16 + json::hex_value(text[i + 2]));
      i += 2;
    } else if (text[i] == '%' && stray == StrayPercent::refused) {
      return std::nullopt;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace roost
