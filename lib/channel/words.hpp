// What the channel layer says to a client beyond what it was told to say: the
// responses of refused joins, and the reasons of the event channel. The README
// lists them with their meaning.
#pragma once

#include <string_view>

namespace roost::channel::words {

inline constexpr std::string_view authorization_timeout = R"({"reason":"authorization_timeout"})";
inline constexpr std::string_view type_not_allowed = R"({"reason":"type_not_allowed"})";
inline constexpr std::string_view invalid_topic = R"({"reason":"invalid_topic"})";
inline constexpr std::string_view invalid_presence = R"({"reason":"invalid_presence"})";
inline constexpr std::string_view invalid_recover = R"({"reason":"invalid_recover"})";
inline constexpr std::string_view invalid_subscription =
    R"({"reason":"invalid_subscription_request"})";
inline constexpr std::string_view invalid_unsubscription =
    R"({"reason":"invalid_unsubscription_request"})";
inline constexpr std::string_view token_expired = R"({"reason":"token_expired"})";
inline constexpr std::string_view token_other_user = R"({"reason":"token_other_user"})";
inline constexpr std::string_view token_too_soon = R"({"reason":"token_too_soon"})";
inline constexpr std::string_view invalid_token_request = R"({"reason":"invalid_token_request"})";

/// The reason in a response as these are written; "" where there is none.
constexpr std::string_view reason_of(std::string_view response) {
  constexpr std::string_view before = R"({"reason":")";
  if (!response.starts_with(before)) return {};
  response.remove_prefix(before.size());
  return response.substr(0, response.find('"'));
}

/// The event by which phoenix.js learns that a channel has failed.
inline constexpr std::string_view phx_error = "phx_error";

}  // namespace roost::channel::words
