#include "auth/http_headers.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.hpp"

namespace roost::auth {

namespace {

constexpr std::array<std::string_view, 13> own_names = {
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
};

/// RFC 9110 section 5.6.2.
constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

bool is_header_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           token_marks.find(c) != token_marks.npos;
  });
}

/// RFC 9110 section 5.5; ASCII only.
bool is_header_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

}  // namespace

Result<HttpHeaders> parse_http_headers(const std::vector<std::string>& lines) {
  HttpHeaders headers;
  std::size_t bytes = 0;
  for (const std::string& line : lines) {
    const std::string place = fmt::format("the entry {}", headers.size() + 1);
    bytes += line.size();
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return Error{place + R"( is no "name: value")"};
    std::string name = ascii::lower(std::string_view(line).substr(0, colon));
    const std::string_view value = ascii::trim(std::string_view(line).substr(colon + 1));
    if (!is_header_name(name)) return Error{place + " has no name before its colon"};
    if (!is_header_value(value)) return Error{place + " has a value that is not printable ASCII"};
    if (std::ranges::find(own_names, name) != own_names.end())
      return Error{fmt::format("{} is not to be set", name)};
    headers.emplace_back(std::move(name), value);
  }
  if (headers.size() > limits::hook_headers_max || bytes > limits::hook_headers_bytes_max)
    return Error{fmt::format("over {} headers or {} bytes", limits::hook_headers_max,
                             limits::hook_headers_bytes_max)};
  return headers;
}

}  // namespace roost::auth
