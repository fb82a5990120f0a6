// What a hook that is no C++ is asked and answers, as JSON: the same whatever
// carries it. config/hooks.md is this contract for people.
#pragma once

#include <roost/authorize.hpp>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost::auth {

/// One JSON object. The question's payload, params and claims are spliced in as
/// they stand; a payload that is no JSON is given in base64.
std::string question_to_json(const Question& question);

/// Reads an answer, which may be any bytes up to limits::hook_answer_bytes_max.
/// Strict: the error names the first thing that is wrong, and everything is that
/// the answer to such a question does not have.
Result<Decision> decision_from_json(std::string_view text, Question::Kind kind);

}  // namespace roost::auth
