// Tokens and key sets from anywhere. The first byte says what the rest is: a
// token; a header and claims that are rightly signed, so that what stands behind
// the signature is reached too; or a JWK Set.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/jwks.hpp"
#include "auth/jwt_signer.hpp"
#include "auth/jwt_verifier.hpp"
#include "base/base64url.hpp"
#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace {

using namespace roost;
using namespace roost::auth;

void demand(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";
constexpr JwtTime now{std::chrono::seconds(1'800'000'000)};

void check_verdict(std::string_view token) {
  static const JwtVerifier verifier({JwtKey::from_secret(secret).value()}, {});
  const auto verified = verifier.verify(token, now);
  if (verified.has_error()) {
    demand(!verified.error().why().empty() && !verified.error().reason().empty());
    return;
  }
  demand(is_utf8(verified->claims_json) && json::is_json(verified->claims_json, 128));
  demand(!verified->user.empty() && verified->expires && *verified->expires > now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const JwtSigner signer = JwtSigner::from_secret(secret).value();
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 't') check_verdict(text);
  if (data[0] == 's') {
    const auto line_end = text.find('\n');
    if (line_end == text.npos) return 0;
    check_verdict(signer.sign_as(text.substr(0, line_end), text.substr(line_end + 1)));
  }
  if (data[0] == 'k') (void)parse_jwks(text);
  if (const auto bytes = decode_base64url(text)) demand(encode_base64url(*bytes) == text);
  return 0;
}
