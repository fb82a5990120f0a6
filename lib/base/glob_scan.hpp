// Many globs against one text. For a long text the pieces of all globs are
// looked for at once, in one pass (the automaton of Aho and Corasick, 1975): a
// megabyte that matched each of a thousand patterns on its own would hold a
// thread for seconds.
#pragma once

#include <string_view>
#include <vector>

#include "base/glob.hpp"

namespace roost {

/// Which of `globs` match: as each of them says by itself, by whichever way is
/// the faster.
std::vector<bool> match_all(const std::vector<const Glob*>& globs, std::string_view text);

/// The same, in one pass whatever the sizes.
std::vector<bool> match_in_one_pass(const std::vector<const Glob*>& globs, std::string_view text);

}  // namespace roost
