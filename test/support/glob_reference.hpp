// A glob matcher by the definition, in the time of pattern x text: the oracle.
#pragma once

#include <string_view>
#include <vector>

namespace roost::test {

inline bool reference_glob(std::string_view pattern, std::string_view text) {
  // reached[i]: the pattern so far matches the first i characters of the text.
  std::vector<bool> reached(text.size() + 1);
  reached[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(text.size() + 1);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (c == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else {
        next[i] = i > 0 && reached[i - 1] && text[i - 1] == c;
      }
    }
    reached = next;
  }
  return reached[text.size()];
}

}  // namespace roost::test
