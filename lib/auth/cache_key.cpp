#include "auth/cache_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "auth/openssl.hpp"
#include "base/json_scan.hpp"

namespace roost::auth {

namespace {

/// Each part with its length, so that no two lists of parts are one text.
void append_part(std::string& out, std::string_view part) {
  fmt::format_to(std::back_inserter(out), "{}:", part.size());
  out += part;
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL made no digest");
  return {digest.begin(), digest.begin() + size};
}

}  // namespace

Result<CacheKey> CacheKey::parse(const std::vector<std::string>& parts, const TopicPattern& topic) {
  static constexpr std::array<std::pair<std::string_view, Field>, 9> fields = {{
      {"topic", Field::topic},
      {"event", Field::event},
      {"type", Field::type},
      {"payload", Field::payload},
      {"user", Field::user},
      {"claims", Field::claims},
      {"token", Field::token},
      {"params", Field::params},
      {"headers", Field::headers},
  }};
  CacheKey key;
  for (const std::string& part : parts) {
    if (part.starts_with('{') && part.ends_with('}')) {
      const std::string name = part.substr(1, part.size() - 2);
      if (!topic.has_capture(name)) return Error{fmt::format("the topic has no {}", part)};
      key.parts_.push_back({Field::capture, name});
      continue;
    }
    const auto found =
        std::ranges::find(fields, std::string_view(part), &decltype(fields)::value_type::first);
    if (found == fields.end())
      return Error{fmt::format(
          "{} is none of topic, event, type, payload, user, claims, token, params, headers and "
          "the topic's {{captures}}",
          json::quoted(part))};
    key.parts_.push_back({found->second, {}});
  }
  return key;
}

std::string CacheKey::of(const Question& question) const {
  std::string text = fmt::format("{}|", static_cast<int>(question.kind));
  for (const Part& part : parts_) append_part(text, text_of(part, question));
  return sha256(text);
}

std::string CacheKey::text_of(const Part& part, const Question& question) {
  const ConnectionInfo& connection = *question.connection;
  switch (part.field) {
    case Field::topic:
      return std::string(question.topic);
    case Field::event:
      return std::string(question.event);
    case Field::type:
      return std::string(question.type);
    case Field::payload:
      return (question.payload.is_json() ? "j" : "b") + std::string(question.payload.bytes);
    case Field::user:
      return connection.user;
    case Field::claims:
      return connection.claims_json;
    case Field::token:
      return connection.token;
    case Field::params:
      return connection.params_json;
    case Field::headers: {
      std::string text;
      for (const auto& [name, value] : connection.headers) {
        append_part(text, name);
        append_part(text, value);
      }
      return text;
    }
    case Field::capture: {
      const auto found = std::ranges::find(question.captures, part.capture, &Capture::name);
      return found == question.captures.end() ? "" : std::string(found->value);
    }
  }
  return {};
}

}  // namespace roost::auth
