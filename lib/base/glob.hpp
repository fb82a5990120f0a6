// Glob: a pattern in which `*` stands for any run of characters, the empty one
// included, and all else for itself, case-sensitive. Matching takes time linear
// in the text for any pattern: no pattern makes it backtrack.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roost {

class Glob {
 public:
  explicit Glob(std::string_view pattern);
  bool matches(std::string_view text) const noexcept;
  const std::string& pattern() const noexcept { return pattern_; }

 private:
  std::string pattern_;
  std::vector<std::string_view> pieces_;  // into pattern_, the literal runs between stars
};

}  // namespace roost
