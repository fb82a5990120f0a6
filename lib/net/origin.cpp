#include "net/origin.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace roost::net {
namespace {

struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;
};

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Stricter than RFC 3986 3.2.2: what no host of a web page contains (user
/// information, percent signs, backslashes) is how origins are disguised.
bool is_host(std::string_view host) {
  return !host.empty() && host.front() != '.' && host.find("..") == host.npos &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return is_alpha(c) || is_ascii_digit(c) || c == '.' || c == '-' || c == '_';
         });
}

/// As browsers write it, however it was written; nothing where it is none.
std::optional<std::string> ipv6_of(std::string_view text) {
  if (text.find('%') != text.npos) return std::nullopt;  // a zone is no one else's business
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address_v6(std::string(text), error);
  if (error) return std::nullopt;
  return address.to_string();
}

std::optional<Authority> parse_authority(std::string_view text) {
  Authority out;
  std::string_view after;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    const auto address = end == text.npos ? std::nullopt : ipv6_of(text.substr(1, end - 1));
    if (!address) return std::nullopt;
    out.host = *address;
    after = text.substr(end + 1);
  } else {
    const auto end = std::min(text.find(':'), text.size());
    if (!is_host(text.substr(0, end))) return std::nullopt;
    out.host = ascii::lower(text.substr(0, end));
    after = text.substr(end);
  }
  if (after.empty()) return out;
  if (after[0] != ':') return std::nullopt;
  after.remove_prefix(1);
  if (after.empty()) return out;  // RFC 3986 3.2.3: an empty port is the default

  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), port);
  if (error != std::errc() || end != after.data() + after.size() || port == 0) return std::nullopt;
  out.port = port;
  return out;
}

/// RFC 3986 3.1.
bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_ascii_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

std::optional<std::uint16_t> default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return std::nullopt;
}

struct Origin {
  std::string scheme;
  Authority authority;
};

/// An RFC 6454 origin. A path after it counts for nothing, as in Phoenix: some
/// clients that are no browsers send their whole URL. `null` is no origin.
std::optional<Origin> parse_origin(std::string_view text) {
  const auto separator = text.find("://");
  if (separator == text.npos || !is_scheme(text.substr(0, separator))) return std::nullopt;
  const std::string scheme = ascii::lower(text.substr(0, separator));
  text.remove_prefix(separator + 3);
  auto authority = parse_authority(text.substr(0, text.find_first_of("/?#")));
  if (!authority) return std::nullopt;
  if (!authority->port) authority->port = default_port(scheme);
  return Origin{scheme, *std::move(authority)};
}

bool matches(const AllowedOrigin& allowed, const Origin& origin) {
  const std::string_view host = origin.authority.host;
  if (!allowed.scheme.empty() && allowed.scheme != origin.scheme) return false;
  if (allowed.port && allowed.port != origin.authority.port) return false;
  if (host == allowed.host) return true;
  return allowed.with_subdomains && host.size() > allowed.host.size() &&
         host.ends_with(allowed.host) && host[host.size() - allowed.host.size() - 1] == '.';
}

}  // namespace

Result<AllowedOrigin> parse_allowed_origin(std::string_view entry) {
  const auto error = [entry](std::string_view what) {
    return Error{fmt::format(
        "`{}` is no origin: {}; expected such as https://app.example, //app.example:8080 or "
        "//*.example.com",
        entry, what)};
  };
  AllowedOrigin out;
  std::string_view rest = entry;
  if (!rest.starts_with("//")) {
    const auto separator = rest.find("://");
    if (separator == rest.npos) return error("it has no //");
    if (!is_scheme(rest.substr(0, separator))) return error("its scheme is none");
    out.scheme = ascii::lower(rest.substr(0, separator));
    rest.remove_prefix(separator + 1);
  }
  rest.remove_prefix(2);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != rest.npos) return error("an origin has no path");
  if (rest.starts_with("*.")) {
    out.with_subdomains = true;
    rest.remove_prefix(2);
  }
  if (rest.find('*') != rest.npos) return error("a * may only stand for the first labels, *.");
  auto authority = parse_authority(rest);
  if (!authority) return error("its host or port is none");
  out.host = std::move(authority->host);
  out.port = authority->port ? authority->port : default_port(out.scheme);
  return out;
}

Result<OriginPolicy> OriginPolicy::parse(const CheckOrigin& config) {
  OriginPolicy policy;
  policy.kind_ = config.kind;
  if (config.kind != CheckOrigin::Kind::list) return policy;
  for (const auto& entry : config.allowed) {
    auto allowed = parse_allowed_origin(entry);
    if (!allowed) return allowed.error();
    policy.allowed_.push_back(*std::move(allowed));
  }
  policy.description_ = fmt::format("{}", config.allowed);
  return policy;
}

std::optional<std::string> OriginPolicy::refusal(std::optional<std::string_view> origin,
                                                 std::string_view host_header) const {
  if (!origin || kind_ == CheckOrigin::Kind::off) return std::nullopt;
  const auto asked = parse_origin(*origin);
  if (!asked) return fmt::format("origin {} has no host", *origin);
  if (kind_ == CheckOrigin::Kind::same_host) {
    const auto own = parse_authority(host_header);
    if (own && own->host == asked->authority.host) return std::nullopt;
    return fmt::format("origin {} is not of the host asked, {}", *origin, host_header);
  }
  const bool allowed = std::any_of(allowed_.begin(), allowed_.end(),
                                   [&](const AllowedOrigin& one) { return matches(one, *asked); });
  if (allowed) return std::nullopt;
  return fmt::format("origin {} is not in check_origin {}", *origin, description_);
}

}  // namespace roost::net
