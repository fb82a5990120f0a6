#include "net/ws_deflate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/frame_deflater.hpp"

namespace roost::net {
namespace {

using protocol::deflate_window_bits_max;
using protocol::deflate_window_bits_min;

struct Parameter {
  std::string_view name;
  std::optional<std::string> value;
};

struct Offer {
  std::string_view extension;
  std::vector<Parameter> parameters;
};

/// RFC 9110 5.6.2.
bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// RFC 6455 9.1: extensions are separated by commas, their parameters by
/// semicolons.
class OfferReader {
 public:
  explicit OfferReader(std::string_view text) : rest_(text) {}

  std::optional<std::vector<Offer>> read() {
    std::vector<Offer> offers;
    do {
      skip_space();
      if (rest_.empty() || rest_.front() == ',') continue;  // RFC 9110 5.6.1.2
      Offer offer{token(), {}};
      if (offer.extension.empty()) return std::nullopt;
      while (take(';')) {
        auto parameter = read_parameter();
        if (!parameter) return std::nullopt;
        offer.parameters.push_back(*std::move(parameter));
      }
      offers.push_back(std::move(offer));
    } while (take(','));
    if (!rest_.empty()) return std::nullopt;
    return offers;
  }

 private:
  std::optional<Parameter> read_parameter() {
    skip_space();
    Parameter parameter{token(), {}};
    if (parameter.name.empty()) return std::nullopt;
    if (!take('=')) return parameter;
    skip_space();
    parameter.value = rest_.starts_with('"') ? quoted() : std::string(token());
    // What is quoted must be a token too.
    if (parameter.value->empty() || !std::ranges::all_of(*parameter.value, is_token_character))
      return std::nullopt;
    return parameter;
  }
  std::string_view token() {
    const auto end = std::ranges::find_if_not(rest_, is_token_character);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    const std::string_view result = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return result;
  }
  /// Empty where the quotes are never closed.
  std::string quoted() {
    std::string result;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return result;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      result += rest_[i];
    }
    return {};
  }
  bool take(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  std::string_view rest_;
};

/// RFC 7692 7.1.2: 8 to 15, without leading zeros.
std::optional<unsigned> window_bits_of(const std::string& value) {
  if (value.size() == 1 && value[0] >= '8' && value[0] <= '9')
    return static_cast<unsigned>(value[0] - '0');
  if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5')
    return 10U + static_cast<unsigned>(value[1] - '0');
  return std::nullopt;
}

/// RFC 7692 7.1: declined are unknown, repeated and invalid parameters, and a
/// window that cannot be kept.
std::optional<DeflateAgreement> accept(const Offer& offer) {
  if (offer.extension != "permessage-deflate") return std::nullopt;
  std::optional<unsigned> wish;
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : offer.parameters) {
    if (std::ranges::find(seen, name) != seen.end()) return std::nullopt;
    seen.push_back(name);
    if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
      if (value) return std::nullopt;
    } else if (name == "server_max_window_bits") {
      wish = value ? window_bits_of(*value) : std::nullopt;
      if (!wish || *wish < deflate_window_bits_min) return std::nullopt;
    } else if (name == "client_max_window_bits") {
      // Says that a smaller window could be asked for; we read with the largest.
      if (value && !window_bits_of(*value)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  const unsigned bits = std::min(wish.value_or(deflate_window_bits_max), deflate_window_bits_max);
  std::string answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  if (wish) answer += fmt::format("; server_max_window_bits={}", bits);
  return DeflateAgreement{bits, std::move(answer)};
}

}  // namespace

std::optional<DeflateAgreement> agree_on_deflate(std::span<const HeaderField> headers) {
  constexpr std::string_view name = "sec-websocket-extensions";
  // Several headers are one list.
  for (const HeaderField& field : headers) {
    if (!field.is_named(name)) continue;
    const auto offers = OfferReader(field.value).read();
    if (!offers) return std::nullopt;
    for (const Offer& offer : *offers)
      if (auto agreement = accept(offer)) return agreement;
  }
  return std::nullopt;
}

}  // namespace roost::net
