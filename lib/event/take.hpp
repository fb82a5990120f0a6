// One step of a hand-written grammar.
#pragma once

#include <string_view>

namespace roost {

/// Takes `c` off the front of `text`, where it stands there.
constexpr bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace roost
