// Glob against the definition; the first line is the pattern, the rest the text.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/glob.hpp"
#include "support/glob_reference.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string_view pattern = input.substr(0, line);
  const std::string_view text = input.substr(std::min(line + 1, input.size()));
  if (pattern.size() * text.size() > 1'000'000) return 0;
  if (roost::Glob(pattern).matches(text) != roost::test::reference_glob(pattern, text))
    std::abort();
  return 0;
}
