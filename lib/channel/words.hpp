// What the channel layer says to a client beyond what it was told to say: the
// responses of refused joins, and the reasons of the event channel. The README
// lists them with their meaning.
#pragma once

#include <string_view>

namespace roost::channel::words {

inline constexpr std::string_view authorization_timeout = R"({"reason":"authorization_timeout"})";
inline constexpr std::string_view type_not_allowed = R"({"reason":"type_not_allowed"})";
inline constexpr std::string_view rate_limited = R"({"reason":"rate_limited"})";
inline constexpr std::string_view invalid_topic = R"({"reason":"invalid_topic"})";
inline constexpr std::string_view invalid_presence = R"({"reason":"invalid_presence"})";
inline constexpr std::string_view invalid_subscription =
    R"({"reason":"invalid_subscription_request"})";
inline constexpr std::string_view invalid_unsubscription =
    R"({"reason":"invalid_unsubscription_request"})";

}  // namespace roost::channel::words
