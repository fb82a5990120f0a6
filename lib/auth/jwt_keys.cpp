#include "auth/jwt_keys.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "auth/jwks.hpp"

namespace roost::auth {
namespace {

Error at(std::string_view source, const Error& error) {
  return {fmt::format("{}: {}", source, error.message)};
}

}  // namespace

Result<std::string> read_key_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(limits::key_file_bytes_max + 1, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(text.size())) && !stream.eof())
    return Error{fmt::format("cannot read {}", path)};
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > limits::key_file_bytes_max)
    return Error{fmt::format("{} is longer than {} bytes", path, limits::key_file_bytes_max)};
  return {boost::system::in_place_value, std::move(text)};
}

std::string_view without_line_break(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

Result<LoadedJwtKeys> load_jwt_keys(const JwtKeySources& sources) {
  LoadedJwtKeys loaded;
  const auto add = [&](Result<JwtKey> key) {
    if (key.has_value()) loaded.keys.push_back(std::move(*key));
    return key.has_value();
  };
  if (!sources.secret.empty()) {
    auto key = JwtKey::from_secret(sources.secret);
    if (!add(key)) return at("secret", key.error());
  }
  if (!sources.secret_env.empty()) {
    const char* const text = std::getenv(sources.secret_env.c_str());
    if (text == nullptr)
      return Error{fmt::format("secret_env: the variable {} is not set", sources.secret_env)};
    auto key = JwtKey::from_secret(text);
    if (!add(key)) return at("secret_env", key.error());
  }
  if (!sources.secret_file.empty()) {
    const auto text = read_key_file(sources.secret_file);
    if (text.has_error()) return at("secret_file", text.error());
    auto key = JwtKey::from_secret(without_line_break(*text));
    if (!add(key)) return at("secret_file", key.error());
  }
  if (!sources.public_key.empty()) {
    const auto text = read_key_file(sources.public_key);
    if (text.has_error()) return at("public_key", text.error());
    auto key = JwtKey::from_pem(*text);
    if (!add(key)) return at("public_key", key.error());
  }
  if (!sources.jwks.empty()) {
    const auto text = read_key_file(sources.jwks);
    if (text.has_error()) return at("jwks", text.error());
    auto jwks = parse_jwks(*text);
    if (jwks.has_error()) return at("jwks", jwks.error());
    for (JwtKey& key : jwks->keys) loaded.keys.push_back(std::move(key));
    loaded.left_out = std::move(jwks->left_out);
  }
  if (loaded.keys.empty())
    return Error{"no key: say secret, secret_file, secret_env, public_key or jwks"};
  return loaded;
}

}  // namespace roost::auth
