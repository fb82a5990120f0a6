// CacheKey: which questions a service would answer alike, as `cache_key` of the
// configuration says it: ["user", "topic", "{room}"].
#pragma once

#include <roost/authorize.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "auth/topic_pattern.hpp"
#include "base/result.hpp"

namespace roost::auth {

class CacheKey {
 public:
  /// The error names the part that is none, or a capture that `topic` has not.
  static Result<CacheKey> parse(const std::vector<std::string>& parts, const TopicPattern& topic);

  /// A digest (SHA-256) of the kind of question and these parts of it: equal only
  /// where all of them are, and it keeps no token in memory.
  std::string of(const Question& question) const;

 private:
  enum class Field : std::uint8_t {
    topic,
    event,
    type,
    payload,
    user,
    claims,
    token,
    params,
    headers,
    capture,
  };
  struct Part {
    Field field;
    std::string capture;
  };

  static std::string text_of(const Part& part, const Question& question);

  std::vector<Part> parts_;
};

}  // namespace roost::auth
