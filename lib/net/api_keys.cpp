#include "net/api_keys.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <utility>

#include "auth/jwt_keys.hpp"
#include "base/ascii.hpp"
#include "base/listen_address.hpp"
#include "net/bearer.hpp"

namespace roost::net {
namespace {

constexpr auto right_words = std::to_array<std::string_view>({"read", "publish", "steer"});

bool is_loopback_address(const std::string& address_and_port) {
  const auto address = parse_listen_address(address_and_port);
  return address && address->reach == ListenAddress::Reach::loopback;
}

/// `localhost`, `127.0.0.1:4000`, `[::1]:4000`
bool is_loopback_host(std::string_view host) {
  std::string text = ascii::lower(host);
  if (text == "localhost" || text.starts_with("localhost:")) return true;
  if (text.ends_with(']') || text.find(':') == text.npos) text += ":0";
  return is_loopback_address(text);
}

bool is_forwarding(const HeaderField& field) {
  const std::string name = ascii::lower(field.name);
  return name == "forwarded" || name == "via" || name == "x-real-ip" ||
         name.starts_with("x-forwarded-");
}

/// Programs name neither Origin nor Sec-Fetch-Site, which browsers send where they
/// name no Origin (W3C Fetch Metadata). The pages of other servers on this machine are
/// others'.
bool is_of_own_page(const HttpRequest& request) {
  const auto site = request.header("sec-fetch-site");
  if (site && *site != "same-origin" && *site != "none") return false;
  const auto origin = request.header("origin");
  if (!origin) return true;
  const std::size_t scheme_end = origin->find("://");
  return scheme_end != origin->npos &&
         ascii::equal_without_case(origin->substr(scheme_end + 3),
                                   request.header("host").value_or(""));
}

Result<std::string> text_of(const ApiKey& key) {
  if (key.key_file.empty()) return {boost::system::in_place_value, key.key};
  auto text = auth::read_key_file(key.key_file);
  if (!text) return Error{fmt::format("\"{}\": {}", key.name, text.error().message)};
  std::string trimmed(auth::without_line_break(*text));
  if (!is_api_key(trimmed))
    return Error{
        fmt::format("\"{}\": {} holds no key: {} to {} letters, digits or - . _ ~ + /, such as "
                    "`openssl rand -hex 32` prints",
                    key.name, key.key_file, limits::api_key_bytes_min, limits::api_key_bytes_max)};
  return {boost::system::in_place_value, std::move(trimmed)};
}

}  // namespace

ApiCaller::ApiCaller(const ApiKey& key) : name_(key.name) {
  for (std::size_t i = 0; i < right_words.size(); ++i)
    rights_[i] = std::ranges::find(key.rights, right_words[i]) != key.rights.end();
  if (std::ranges::find(key.topics, "*") != key.topics.end()) return;
  for (const std::string& pattern : key.topics) topics_.emplace_back(pattern);
}

bool ApiCaller::is_for(std::string_view topic) const {
  return topics_.empty() ||
         std::ranges::any_of(topics_, [topic](const Glob& one) { return one.matches(topic); });
}

std::chrono::milliseconds ApiCaller::take_request(Rate rate, SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  const auto wait = requests_.wait_for(1, rate, now);
  if (wait.count() == 0) requests_.take(1, rate, now);
  return wait;
}

ApiKeys::Digest ApiKeys::digest_of(std::string_view key) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return digest;
}

Result<ApiKeys> ApiKeys::load(const std::vector<ApiKey>& keys, Loopback loopback) {
  ApiKeys result;
  for (const ApiKey& key : keys) {
    const auto text = text_of(key);
    if (!text) return text.error();
    const Digest digest = digest_of(*text);
    for (const Entry& entry : result.entries_)
      if (entry.digest == digest)
        return Error{
            fmt::format(R"("{}" and "{}" have the same key)", entry.caller->name(), key.name)};
    result.entries_.push_back({digest, std::make_shared<const ApiCaller>(key)});
  }
  if (loopback == Loopback::open)
    result.loopback_ = std::make_shared<const ApiCaller>(ApiKey{"loopback"});
  return result;
}

std::shared_ptr<const ApiCaller> ApiKeys::caller_of(const HttpRequest& request,
                                                    const Proxies& proxies) const {
  const auto header = request.header("authorization");
  if (!header) return loopback_ && is_own_loopback(request, proxies) ? loopback_ : nullptr;
  const auto token = bearer_token(*header);
  if (!token) return nullptr;
  const Digest digest = digest_of(*token);
  std::shared_ptr<const ApiCaller> caller;
  for (const Entry& entry : entries_)
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0)
      caller = entry.caller;
  return caller;
}

bool is_api_key(std::string_view text) {
  return text.size() >= limits::api_key_bytes_min && text.size() <= limits::api_key_bytes_max &&
         bearer_token("Bearer " + std::string(text)) == text;
}

bool is_own_loopback(const HttpRequest& request, const Proxies& proxies) {
  return is_of_own_page(request) && is_loopback_address(std::string(request.peer)) &&
         !proxies.has(request.peer) && is_loopback_host(request.header("host").value_or("")) &&
         std::ranges::none_of(request.headers, is_forwarding);
}

}  // namespace roost::net
