#include "auth/jwt_token.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <optional>
#include <utility>

#include "auth/jwt_json.hpp"
#include "base/base64url.hpp"

namespace roost::auth {
namespace {

constexpr unsigned header_levels_max = 4;
constexpr std::size_t algorithm_shown_bytes_max = 64;

/// What of the header decides.
struct Header {
  std::optional<JwtAlgorithm> algorithm;
  std::string algorithm_text;
  std::string kid;
  std::optional<JwtRefusal> refusal;

  void take(std::string_view name, const json::Value& value) {
    if (name == "alg") {
      if (!value.is_string()) return refuse(JwtFault::malformed, "alg is no string");
      algorithm_text = text_of(value);
      algorithm = find_jwt_algorithm(algorithm_text);
    } else if (name == "kid") {
      if (!value.is_string()) return refuse(JwtFault::malformed, "kid is no string");
      kid = text_of(value);
    } else if (name == "crit" || name == "b64" || name == "zip") {
      // RFC 7515 4.1.11: what is critical and not understood invalidates.
      refuse(JwtFault::critical_header, std::string(name));
    }
  }

  void refuse(JwtFault fault, std::string detail) {
    if (!refusal) refusal = JwtRefusal{fault, std::move(detail)};
  }
};

JwtRefusal malformed(std::string detail) {
  return {JwtFault::malformed, std::move(detail)};
}

}  // namespace

Result<JwtToken, JwtRefusal> JwtToken::parse(std::string_view token) {
  if (token.empty()) return JwtRefusal{JwtFault::missing, {}};
  if (token.size() > limits::token_bytes_max)
    return JwtRefusal{JwtFault::too_long, fmt::format("{} bytes, at most {} are taken",
                                                      token.size(), limits::token_bytes_max)};
  const auto first_dot = token.find('.');
  const auto last_dot = token.rfind('.');
  if (first_dot == last_dot) return malformed("it has not three parts");
  auto header_json = decode_base64url(token.substr(0, first_dot));
  auto claims = decode_base64url(token.substr(first_dot + 1, last_dot - first_dot - 1));
  auto signature = decode_base64url(token.substr(last_dot + 1));
  if (!header_json || !claims || !signature)
    return malformed("its parts are not three of base64url without padding");

  Header header;
  if (const auto wrong = what_is_wrong(*header_json, header_levels_max); !wrong.empty())
    return malformed(fmt::format("the header: {}", wrong));
  each_member(*header_json, header_levels_max,
              [&](const std::string& name, const json::Value& value) { header.take(name, value); });
  if (header.refusal) return std::move(*header.refusal);
  if (!header.algorithm)
    return JwtRefusal{
        JwtFault::algorithm,
        fmt::format("alg is \"{}\"", header.algorithm_text.substr(0, algorithm_shown_bytes_max))};
  return JwtToken{*header.algorithm,         std::move(header.kid), std::move(*header_json),
                  token.substr(0, last_dot), std::move(*signature), std::move(*claims)};
}

}  // namespace roost::auth
