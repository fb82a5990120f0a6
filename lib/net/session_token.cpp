#include "net/session_token.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "net/base64.hpp"

namespace roost::net {
namespace {

constexpr char version = 1;
constexpr std::size_t claims_bytes = 1 + 3 * 8;
constexpr std::size_t signature_bytes = 32;
// A multiple of three bytes: no character of the text has bits to spare.
constexpr std::size_t text_bytes = (claims_bytes + signature_bytes) / 3 * 4;
static_assert((claims_bytes + signature_bytes) % 3 == 0);

// What else may be signed with the same secret must not pass for a token.
constexpr std::string_view purpose = "roost long-poll session";

constexpr std::string_view token_param = "token=";

void append(std::string& to, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

std::uint64_t seconds(SessionTokens::Time time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

SessionTokens::SessionTokens(std::string secret, std::uint64_t run)
    : secret_(std::move(secret)), run_(run) {}

std::string SessionTokens::signature(std::string_view claims) const {
  const std::string text = std::string(purpose).append(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string SessionTokens::make(SocketId session, Time now) const {
  std::string bytes(1, version);
  for (const std::uint64_t number : {run_, session.value, seconds(now)}) append(bytes, number);
  return encode_base64url(bytes + signature(bytes));
}

std::optional<std::string> SessionTokens::claims(std::string_view token) const {
  if (token.size() != text_bytes) return std::nullopt;
  auto bytes = decode_base64url(token);
  if (!bytes || bytes->front() != version) return std::nullopt;
  const std::string given = bytes->substr(claims_bytes);
  bytes->resize(claims_bytes);
  // In constant time: how long it takes must not tell how much of a guess was right.
  if (CRYPTO_memcmp(given.data(), signature(*bytes).data(), signature_bytes) != 0)
    return std::nullopt;
  return bytes;
}

bool SessionTokens::is_signed(std::string_view token) const {
  return claims(token).has_value();
}

std::optional<SocketId> SessionTokens::session(std::string_view token, Time now) const {
  const auto said = claims(token);
  if (!said || number_at(*said, 1) != run_) return std::nullopt;
  const std::uint64_t made = number_at(*said, 17);
  const std::uint64_t age_max = std::chrono::seconds(session_token_age_max).count();
  if (seconds(now) > made && seconds(now) - made > age_max) return std::nullopt;
  return SocketId{number_at(*said, 9)};
}

SessionTokens make_session_tokens(const std::string& secret) {
  std::array<unsigned char, signature_bytes + sizeof(std::uint64_t)> random;
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    throw std::runtime_error("there are no random numbers to make a secret of");
  const std::string_view bytes(reinterpret_cast<const char*>(random.data()), random.size());
  return {secret.empty() ? std::string(bytes.substr(0, signature_bytes)) : secret,
          number_at(bytes, signature_bytes)};
}

LongPollQuery split_query(std::string_view query, const SessionTokens& tokens) {
  LongPollQuery result;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.starts_with(token_param) && tokens.is_signed(pair.substr(token_param.size()))) {
      result.token = pair.substr(token_param.size());
      continue;
    }
    if (!result.params.empty()) result.params += '&';
    result.params += pair;
  }
  return result;
}

}  // namespace roost::net
