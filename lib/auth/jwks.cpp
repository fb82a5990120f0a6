#include "auth/jwks.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <map>
#include <optional>
#include <utility>

#include "auth/jwt_json.hpp"
#include "base/base64url.hpp"

namespace roost::auth {
namespace {

constexpr unsigned jwk_levels_max = 16;

/// The members of one JWK that are strings, and whether it may verify.
class Jwk {
 public:
  explicit Jwk(std::string_view json) {
    each_member(json, jwk_levels_max, [&](const std::string& name, const json::Value& value) {
      if (value.is_string()) texts_.emplace(name, text_of(value));
      if (name == "key_ops" && value.kind == json::Kind::array) verifies_ = names_verify(value.raw);
    });
  }

  std::string_view text(const std::string& name) const {
    const auto at = texts_.find(name);
    return at == texts_.end() ? std::string_view() : at->second;
  }
  bool has(const std::string& name) const { return texts_.contains(name); }
  /// A member that is bytes in base64url; empty where it is none.
  std::string bytes(const std::string& name) const {
    return decode_base64url(text(name)).value_or("");
  }

  Result<JwtKey> key() const {
    if (const auto use = text("use"); !use.empty() && use != "sig")
      return Error{fmt::format("its use is \"{}\"", use)};
    if (!verifies_) return Error{"its key_ops do not name verify"};
    auto made = key_of_kind();
    if (made.has_value() && has("alg") && text("alg") != name_of(made->algorithm()))
      return Error{fmt::format("its alg is \"{}\"; {} is what is taken of such a key", text("alg"),
                               name_of(made->algorithm()))};
    return made;
  }

 private:
  static bool names_verify(std::string_view raw) {
    json::Scanner scanner(raw, jwk_levels_max);
    json::Value element;
    scanner.enter_array();
    bool found = false;
    while (scanner.next_element() && scanner.value(element))
      found = found || (element.is_string() && text_of(element) == "verify");
    return found;
  }

  Result<JwtKey> key_of_kind() const {
    const std::string_view kind = text("kty");
    std::string kid(text("kid"));
    if (kind == "oct") return JwtKey::from_secret(bytes("k"), std::move(kid));
    if (has("d")) return Error{"a private key; a server that only verifies should not have it"};
    if (kind == "RSA") return JwtKey::from_rsa(bytes("n"), bytes("e"), std::move(kid));
    if (kind == "EC" && text("crv") == "P-256")
      return JwtKey::from_p256(bytes("x"), bytes("y"), std::move(kid));
    if (kind == "OKP" && text("crv") == "Ed25519")
      return JwtKey::from_ed25519(bytes("x"), std::move(kid));
    return Error{fmt::format("kty \"{}\"{} is not taken", kind,
                             has("crv") ? fmt::format(" with crv \"{}\"", text("crv")) : "")};
  }

  std::map<std::string, std::string> texts_;
  bool verifies_ = true;
};

Result<std::vector<std::string_view>> jwks_in(std::string_view json) {
  if (const auto wrong = what_is_wrong(json, jwk_levels_max); !wrong.empty())
    return Error{fmt::format("no JWK Set: {}", wrong)};
  std::optional<json::Value> keys;
  each_member(json, jwk_levels_max, [&](const std::string& name, const json::Value& value) {
    if (name == "keys") keys = value;
  });
  if (!keys) return std::vector{json};
  std::vector<std::string_view> all;
  json::Scanner scanner(keys->raw, jwk_levels_max);
  json::Value element;
  if (!scanner.enter_array()) return Error{"no JWK Set: keys is no array"};
  while (scanner.next_element() && scanner.value(element)) {
    if (element.kind != json::Kind::object) return Error{"no JWK Set: a key is no object"};
    all.push_back(element.raw);
  }
  return all;
}

}  // namespace

Result<Jwks> parse_jwks(std::string_view json) {
  const auto found = jwks_in(json);
  if (found.has_error()) return found.error();
  if (found->size() > limits::token_keys_max)
    return Error{
        fmt::format("{} keys, at most {} are taken", found->size(), limits::token_keys_max)};
  Jwks jwks;
  for (std::size_t i = 0; i < found->size(); ++i) {
    auto key = Jwk((*found)[i]).key();
    if (key.has_value()) {
      jwks.keys.push_back(std::move(*key));
    } else {
      jwks.left_out.push_back(fmt::format("keys[{}]: {}", i, key.error().message));
    }
  }
  if (jwks.keys.empty())
    return Error{jwks.left_out.empty()
                     ? "no key in it"
                     : fmt::format("no key that can be used; {}", jwks.left_out.front())};
  return jwks;
}

}  // namespace roost::auth
