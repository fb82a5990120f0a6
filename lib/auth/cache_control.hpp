// How long an HTTP answer holds, as its `Cache-Control` says (RFC 9111 section 5.2).
#pragma once

#include <chrono>
#include <string_view>

namespace roost::auth {

/// What `max-age` says; 0 where the answer may not be kept: without max-age, with
/// `no-store` or `no-cache`, and where the text is no Cache-Control or says two things.
std::chrono::seconds max_age_of(std::string_view cache_control);

}  // namespace roost::auth
