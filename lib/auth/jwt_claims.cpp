#include "auth/jwt_claims.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "auth/jwt_json.hpp"

namespace roost::auth {
namespace {

// Sums of two of them still can be counted.
constexpr double ms_max = 4e18;

JwtTime from_ms(double ms) {
  return JwtTime(
      std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(ms, -ms_max, ms_max))));
}

std::optional<JwtTime> date_of(const json::Value& value) {
  if (value.kind != json::Kind::number) return std::nullopt;
  double seconds = 0;
  const char* const end = value.raw.data() + value.raw.size();
  const auto [at, error] = std::from_chars(value.raw.data(), end, seconds);
  if (at != end) return std::nullopt;
  // The Scanner lets no number through that is too large, so this one is as good
  // as zero.
  if (error == std::errc::result_out_of_range) seconds = 0;
  return from_ms(std::floor(seconds * 1000));
}

std::optional<std::vector<std::string>> audiences_of(const json::Value& value) {
  if (value.is_string()) return std::vector{text_of(value)};
  if (value.kind != json::Kind::array) return std::nullopt;
  std::vector<std::string> all;
  json::Scanner scanner(value.raw, limits::claims_levels_max);
  json::Value element;
  scanner.enter_array();
  while (scanner.next_element() && scanner.value(element)) {
    if (!element.is_string()) return std::nullopt;
    all.push_back(text_of(element));
  }
  return all;
}

class Reader {
 public:
  explicit Reader(JwtClaims& claims) : claims_(claims) {}

  void take(const std::string& name, const json::Value& value) {
    if (name == "exp") return set(claims_.expires, date_of(value), "exp is no number");
    if (name == "nbf") return set(claims_.not_before, date_of(value), "nbf is no number");
    if (name == "iat") return set(claims_.issued, date_of(value), "iat is no number");
    if (name == "iss") {
      auto text = value.is_string() ? std::optional(text_of(value)) : std::nullopt;
      return set(claims_.issuer, std::move(text), "iss is no string");
    }
    if (name == "aud")
      return set(claims_.audiences, audiences_of(value), "aud is no string or list of strings");
    if (name == "sub" && !value.is_string()) wrong_ = "sub is no string";
  }

  std::string_view wrong() const { return wrong_; }

 private:
  template <class T>
  void set(std::optional<T>& claim, std::optional<T> value, std::string_view otherwise) {
    claim = std::move(value);
    if (!claim) wrong_ = otherwise;
  }

  JwtClaims& claims_;
  std::string_view wrong_;
};

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string quoted_list(const std::vector<std::string>& list) {
  constexpr std::size_t shown_max = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(list.size(), shown_max); ++i)
    text.append(i > 0 ? ", " : "").append(json::quoted(list[i]));
  return list.size() > shown_max ? text + ", ..." : text;
}

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{} s", std::chrono::floor<std::chrono::seconds>(time).count());
}

std::optional<JwtRefusal> check_audience(const JwtClaims& claims, const JwtPolicy& policy) {
  if (policy.audiences.empty()) {
    // RFC 7519 4.1.3: who does not find itself in an audience must refuse.
    if (!claims.audiences) return std::nullopt;
    return JwtRefusal{JwtFault::audience, fmt::format("it is for {}, and no audience is configured",
                                                      quoted_list(*claims.audiences))};
  }
  if (!claims.audiences) return JwtRefusal{JwtFault::missing_claim, "aud"};
  for (const std::string& audience : *claims.audiences)
    if (contains(policy.audiences, audience)) return std::nullopt;
  return JwtRefusal{JwtFault::audience,
                    fmt::format("it is for {}, expected {}", quoted_list(*claims.audiences),
                                quoted_list(policy.audiences))};
}

std::optional<JwtRefusal> check_issuer(const JwtClaims& claims, const JwtPolicy& policy) {
  if (policy.issuers.empty()) return std::nullopt;
  if (!claims.issuer) return JwtRefusal{JwtFault::missing_claim, "iss"};
  if (contains(policy.issuers, *claims.issuer)) return std::nullopt;
  return JwtRefusal{JwtFault::issuer,
                    fmt::format("it is from {}, expected {}", json::quoted(*claims.issuer),
                                quoted_list(policy.issuers))};
}

std::optional<JwtRefusal> check_times(const JwtClaims& claims, const JwtPolicy& policy,
                                      JwtTime now) {
  if (const auto end = end_of(claims, policy); end && now >= *end)
    return JwtRefusal{JwtFault::expired, seconds(now - *claims.expires) + " ago"};
  if (claims.not_before && now < *claims.not_before - policy.leeway)
    return JwtRefusal{JwtFault::not_yet_valid, "in " + seconds(*claims.not_before - now)};
  if (claims.issued && now < *claims.issued - policy.leeway)
    return JwtRefusal{JwtFault::issued_in_future, "in " + seconds(*claims.issued - now)};
  return std::nullopt;
}

}  // namespace

Result<JwtClaims, JwtRefusal> JwtClaims::parse(std::string json) {
  JwtClaims claims;
  claims.json = std::move(json);
  Reader reader(claims);
  if (const auto wrong = what_is_wrong(claims.json, limits::claims_levels_max); !wrong.empty())
    return JwtRefusal{JwtFault::claims, std::string(wrong)};
  each_member(claims.json, limits::claims_levels_max,
              [&](const std::string& name, const json::Value& value) {
                reader.take(name, value);
                if (value.kind != json::Kind::null) claims.names.push_back(name);
              });
  if (!reader.wrong().empty()) return JwtRefusal{JwtFault::claims, std::string(reader.wrong())};
  return claims;
}

std::optional<std::string> JwtClaims::text(std::string_view name) const {
  std::optional<std::string> found;
  each_member(json, limits::claims_levels_max,
              [&](const std::string& one, const json::Value& value) {
                if (one != name) return;
                if (value.is_string()) found = text_of(value);
                if (value.kind == json::Kind::number &&
                    value.raw.find_first_of(".eE") == std::string_view::npos)
                  found = std::string(value.raw);
              });
  return found;
}

std::optional<JwtTime> end_of(const JwtClaims& claims, const JwtPolicy& policy) {
  if (!claims.expires) return std::nullopt;
  return *claims.expires + policy.leeway;
}

std::optional<JwtRefusal> check(const JwtClaims& claims, const JwtPolicy& policy, JwtTime now) {
  for (const std::string& name : policy.required_claims)
    if (!contains(claims.names, name)) return JwtRefusal{JwtFault::missing_claim, name};
  if (auto refusal = check_times(claims, policy, now)) return refusal;
  if (auto refusal = check_issuer(claims, policy)) return refusal;
  return check_audience(claims, policy);
}

}  // namespace roost::auth
