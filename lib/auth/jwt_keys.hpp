// Keys from where an operator keeps them: inline, in the environment, in files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt_key.hpp"
#include "base/result.hpp"

namespace roost::auth {

/// Empty ones are not asked for. The files are read at once.
struct JwtKeySources {
  std::string secret;
  std::string secret_file;  ///< a line break at its end does not count
  std::string secret_env;   ///< the name of a variable
  std::string public_key;   ///< a file: one public key or certificate in PEM
  std::string jwks;         ///< a file
};

struct LoadedJwtKeys {
  std::vector<JwtKey> keys;
  std::vector<std::string> left_out;  ///< of the JWK Set, and why
};

/// An error where there is none at all, or one of them cannot be had: it names
/// the source and never says what is in it.
Result<LoadedJwtKeys> load_jwt_keys(const JwtKeySources& sources);

/// All of a file of at most limits::key_file_bytes_max.
Result<std::string> read_key_file(const std::string& path);
/// `text` without the line break that editors and shells put at the end.
std::string_view without_line_break(std::string_view text);

}  // namespace roost::auth
