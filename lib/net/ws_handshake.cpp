#include "net/ws_handshake.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.hpp"
#include "net/base64.hpp"
#include "net/http_status.hpp"

namespace roost::net {
namespace {

using protocol::Wire;

constexpr std::string_view token_prefix = "base64url.bearer.phx.";
constexpr std::string_view phoenix = "phoenix";
constexpr std::string_view cloudevents_json = "cloudevents.json";

/// The first of that name, as Phoenix takes it.
std::optional<std::string_view> find_header(const UpgradeRequest& request, std::string_view name) {
  for (const auto& field : request.headers) {
    if (ascii::equal_without_case(field.name, name)) return ascii::trim(field.value);
  }
  return std::nullopt;
}

bool list_contains(const UpgradeRequest& request, std::string_view name, std::string_view token) {
  for (const auto& field : request.headers) {
    if (!ascii::equal_without_case(field.name, name)) continue;
    for (const auto element : list_elements(field.value)) {
      if (ascii::equal_without_case(element, token)) return true;
    }
  }
  return false;
}

/// RFC 6455 4.2.2, item 5.4.
std::string accept_of(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded;
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

/// The token in a list of subprotocols, where there is exactly one.
std::optional<Refusal> read_token(const std::vector<std::string_view>& offered,
                                  Handshake& handshake) {
  const auto is_token = [](std::string_view one) { return one.starts_with(token_prefix); };
  if (std::count_if(offered.begin(), offered.end(), is_token) != 1) return std::nullopt;
  const auto encoded = *std::find_if(offered.begin(), offered.end(), is_token);
  handshake.token = decode_base64(encoded.substr(token_prefix.size()), Padding::optional);
  if (handshake.token) return std::nullopt;
  return Refusal{http_status::forbidden, "the auth token is not base64",
                 R"({"reason":"token_invalid"})"};
}

/// What was offered may hold a token: it stays out of the log.
std::optional<Refusal> choose(std::string_view wanted, unsigned status,
                              const std::vector<std::string_view>& offered, Handshake& handshake) {
  if (std::find(offered.begin(), offered.end(), wanted) == offered.end())
    return Refusal{status, fmt::format("the subprotocol {} is not offered", wanted)};
  handshake.subprotocol = wanted;
  return std::nullopt;
}

/// As Phoenix does it: a list of a token and nothing else is no list.
std::optional<Refusal> read_phoenix_subprotocols(std::string_view header, Handshake& handshake) {
  const auto offered = list_elements(header);
  if (auto refused = read_token(offered, handshake)) return refused;
  if (handshake.token && offered.size() == 1) return std::nullopt;
  return choose(phoenix, http_status::forbidden, offered, handshake);
}

/// What every WebSocket's request must have, whatever is spoken on it.
std::optional<Refusal> read_request(const UpgradeRequest& request, const OriginPolicy& origins,
                                    Handshake& handshake) {
  if (request.method != "GET") return Refusal{http_status::bad_request, "the method is not GET"};
  auto params = QueryParams::parse(request.query);
  if (!params) return Refusal{http_status::bad_request, params.error().message};
  handshake.params = *std::move(params);
  const std::string_view host = find_header(request, "host").value_or("");
  if (auto refused = origins.refusal(find_header(request, "origin"), host))
    return Refusal{http_status::forbidden, *std::move(refused)};
  return std::nullopt;
}

/// Semantic versions 2.0.0, items 2, 9 and 10, as Elixir's Version reads them.
bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos &&
         (text.size() == 1 || text[0] != '0');
}

bool are_identifiers(std::string_view text, bool (*is_identifier)(std::string_view)) {
  while (true) {
    const auto dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_build_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (ascii::to_lower(c) >= 'a' && ascii::to_lower(c) <= 'z') ||
           c == '-';
  });
}

bool is_prerelease_identifier(std::string_view text) {
  return is_build_identifier(text) &&
         (is_number(text) || text.find_first_not_of("0123456789") != text.npos);
}

}  // namespace

std::optional<Wire> wire_of(std::string_view vsn) {
  if (const auto plus = vsn.find('+'); plus != vsn.npos) {
    if (!are_identifiers(vsn.substr(plus + 1), is_build_identifier)) return std::nullopt;
    vsn = vsn.substr(0, plus);
  }
  const auto dash = vsn.find('-');
  if (dash != vsn.npos && !are_identifiers(vsn.substr(dash + 1), is_prerelease_identifier)) {
    return std::nullopt;
  }
  const std::string_view numbers = vsn.substr(0, dash);
  const bool first = numbers.starts_with("1.0.");
  if (!first && !numbers.starts_with("2.0.")) return std::nullopt;
  const std::string_view patch = numbers.substr(4);
  if (!is_number(patch)) return std::nullopt;
  // `~> 2.0.0` starts at the release: its own candidates come before it.
  if (patch == "0" && dash != vsn.npos) return std::nullopt;
  return first ? Wire::v1 : Wire::v2;
}

Result<Wire, Refusal> wire_of(const QueryParams& params) {
  if (!params.has("vsn")) return Wire::v1;
  const auto vsn = params.param("vsn");
  if (const auto wire = vsn ? wire_of(*vsn) : std::nullopt) return *wire;
  return Refusal{http_status::forbidden, fmt::format("vsn {} is neither ~> 1.0.0 nor ~> 2.0.0",
                                                     vsn.value_or("(a map or list)"))};
}

Result<Handshake, Refusal> check_connect(const UpgradeRequest& request,
                                         const OriginPolicy& origins) {
  Handshake handshake;
  if (auto refused = read_request(request, origins, handshake)) return *std::move(refused);
  if (const auto header = joined_fields(request.headers, "sec-websocket-protocol")) {
    if (auto refused = read_phoenix_subprotocols(*header, handshake)) return *std::move(refused);
  }
  const auto wire = wire_of(handshake.params);
  if (!wire) return wire.error();
  handshake.wire = *wire;
  return handshake;
}

Result<Handshake, Refusal> check_stream_connect(const UpgradeRequest& request,
                                                const OriginPolicy& origins) {
  Handshake handshake;
  handshake.wire = Wire::cloudevents;
  if (auto refused = read_request(request, origins, handshake)) return *std::move(refused);
  const std::string header = joined_fields(request.headers, "sec-websocket-protocol").value_or("");
  const auto offered = list_elements(header);
  if (auto refused = read_token(offered, handshake)) return *std::move(refused);
  if (auto refused = choose(cloudevents_json, http_status::bad_request, offered, handshake))
    return *std::move(refused);
  return handshake;
}

Result<std::string, Refusal> check_upgrade(const UpgradeRequest& request) {
  const auto refuse = [](std::string_view rule) {
    return Refusal{http_status::bad_request, std::string(rule)};
  };
  if (request.http_version != 11) return refuse("an upgrade needs HTTP/1.1");
  if (!find_header(request, "host")) return refuse("there is no host header");
  if (!list_contains(request, "connection", "upgrade")) {
    return refuse("the connection header does not contain upgrade");
  }
  if (!list_contains(request, "upgrade", "websocket")) {
    return refuse("the upgrade header does not contain websocket");
  }
  const std::string_view key = find_header(request, "sec-websocket-key").value_or("");
  const auto nonce = decode_base64(key, Padding::optional);
  if (key.size() != 24 || !nonce || nonce->size() != 16) {
    return refuse("sec-websocket-key is not the base64 of 16 bytes");
  }
  if (find_header(request, "sec-websocket-version") != "13") {
    return refuse("sec-websocket-version is not 13");
  }
  return accept_of(key);
}

std::string make_101(const Handshake& handshake, std::string_view accept,
                     std::string_view extensions) {
  return fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\n"
      "{}{}\r\n",
      accept,
      handshake.subprotocol.empty()
          ? ""
          : fmt::format("Sec-WebSocket-Protocol: {}\r\n", handshake.subprotocol),
      extensions.empty() ? "" : fmt::format("Sec-WebSocket-Extensions: {}\r\n", extensions));
}

}  // namespace roost::net
