// What a configuration would say to somebody, and why: `roost explain`.
#pragma once

#include <roost/authorize.hpp>
#include <roost/config.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"

namespace roost::server {

/// Who asks for what. With claims or a user the connect chain is not asked who
/// it is; without a user it is the claim `sub`.
struct ExplainWanted {
  Question::Kind question = Question::Kind::join;
  std::string topic;
  std::string token;
  std::optional<std::string> claims;  ///< JSON
  std::string user;
  std::vector<std::pair<std::string, std::string>> params;
  std::string payload = "{}";  ///< JSON
};

struct Explanation {
  std::string text;  ///< lines
  Decision::Verdict verdict = Decision::Verdict::deny;
};

/// Asks the configuration's hooks, and waits for them up to [hooks] timeout.
/// Errors: what was asked is not JSON, or a hook that cannot be made.
Result<Explanation> explain(const Config& config, const ExplainWanted& wanted, Log& log);

}  // namespace roost::server
