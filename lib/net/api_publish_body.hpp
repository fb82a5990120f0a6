// The body of POST /api/publish: to which topics, what, and to whom not.
//
// Pure.
#pragma once

#include <roost/connection.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace roost::net {

struct ApiPublishBody {
  std::vector<std::string> topics;       ///< a user's own among them; none twice
  std::vector<std::string_view> events;  ///< as they stand in the body; JSON, nothing more
  std::optional<std::string> except_socket, except_member, except_user;
};

struct ApiPublishFault {
  std::string message;
  /// Of an event that is no JSON: which; nothing: the body is no request.
  std::optional<std::size_t> event = {};
};

/// `{"topics":[...] or "topic" or "user", "event" or "events":[...], "exclude"?}`. The
/// bytes are a client's: the error says what is wrong with them.
Result<ApiPublishBody, ApiPublishFault> parse_publish_body(std::string_view body);

}  // namespace roost::net
