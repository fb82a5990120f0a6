// Headers that a configuration adds to requests: `"name: value"` each (RFC 9110
// section 5).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace roost::auth {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// The error says which is wrong and never shows a value. Refused too: what frames
/// the message or is ours to say, such as Content-Length.
Result<HttpHeaders> parse_http_headers(const std::vector<std::string>& lines);

}  // namespace roost::auth
