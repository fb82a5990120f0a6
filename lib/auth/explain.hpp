// What a chain does with a question, step by step, for people: `roost explain`.
#pragma once

#include <roost/authorize.hpp>

#include <string>

#include "auth/chain.hpp"

namespace roost::auth {

/// A line for each entry up to the one that decides, and for each of its
/// conditions with the value that it saw. Shows claims: not for a log.
std::string explain(const Chain& chain, const Question& question);

}  // namespace roost::auth
