// The paths of what is served for a topic: `/api/topics/<topic>/<rest>`.
//
// Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roost::net {

struct TopicPath {
  std::string topic;      ///< decoded; valid UTF-8, not empty
  std::string_view rest;  ///< behind the slash that follows it, as it stands; may be empty
};

/// Nothing for any other path, and where the topic, which is one segment, holds a
/// percent sign that encodes nothing, or what is no UTF-8 when decoded (RFC 3986 2.1).
std::optional<TopicPath> topic_path(std::string_view path);

}  // namespace roost::net
