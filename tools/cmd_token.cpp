// `roost token make` and `roost token inspect`: JSON Web Tokens for development.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/jwt_keys.hpp"
#include "auth/jwt_signer.hpp"
#include "auth/jwt_verifier.hpp"
#include "base/json_scan.hpp"
#include "base/log_text.hpp"
#include "base/utf8.hpp"
#include "commands.hpp"

namespace roost::tools {
namespace {

using auth::JwtSigner;

constexpr std::size_t token_shown_bytes_max = 64 * 1024;

ExitCode complain_of_token(ExitCode code, std::string_view what) {
  std::cerr << fmt::format("roost: {}\n", what);
  return code;
}

auth::JwtTime now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// --- make ------------------------------------------------------------------------

struct MakeOptions {
  auth::JwtKeySources secrets;
  std::string key_file;
  std::string kid;
  std::string user;
  std::vector<std::string> audiences;
  std::string issuer;
  std::int64_t lifetime_seconds = 3600;
  std::vector<std::string> claims;
};

Result<JwtSigner> signer_of(const MakeOptions& options) {
  if (!options.key_file.empty()) {
    const auto pem = auth::read_key_file(options.key_file);
    if (pem.has_error()) return pem.error();
    return JwtSigner::from_pem(*pem);
  }
  if (!options.secrets.secret_file.empty()) {
    const auto text = auth::read_key_file(options.secrets.secret_file);
    if (text.has_error()) return text.error();
    return JwtSigner::from_secret(auth::without_line_break(*text));
  }
  if (!options.secrets.secret_env.empty()) {
    const char* const text = std::getenv(options.secrets.secret_env.c_str());
    if (text == nullptr)
      return Error{fmt::format("the variable {} is not set", options.secrets.secret_env)};
    return JwtSigner::from_secret(text);
  }
  return JwtSigner::from_secret(options.secrets.secret);
}

/// `NAME=VALUE`, where a value that is JSON is that, and any other a string.
std::optional<std::string> claim_member(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0 || !is_utf8(text)) return std::nullopt;
  const std::string_view value = text.substr(equals + 1);
  constexpr unsigned levels_max = 16;
  return fmt::format("{}:{}", json::quoted(text.substr(0, equals)),
                     json::is_json(value, levels_max) ? std::string(value) : json::quoted(value));
}

ExitCode make(const MakeOptions& options) {
  const auto signer = signer_of(options);
  if (signer.has_error()) return complain_of_token(ExitCode::usage, signer.error().message);
  std::vector<std::string> members;
  const auto add = [&](std::string_view name, std::string value) {
    members.push_back(fmt::format("\"{}\":{}", name, value));
  };
  if (!options.user.empty()) add("sub", json::quoted(options.user));
  if (!options.issuer.empty()) add("iss", json::quoted(options.issuer));
  if (options.audiences.size() == 1) add("aud", json::quoted(options.audiences.front()));
  if (options.audiences.size() > 1) {
    std::string list;
    for (const std::string& one : options.audiences)
      list.append(list.empty() ? "" : ",").append(json::quoted(one));
    add("aud", fmt::format("[{}]", list));
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now()).time_since_epoch().count();
  add("iat", fmt::format("{}", seconds));
  if (options.lifetime_seconds != 0)
    add("exp", fmt::format("{}", seconds + options.lifetime_seconds));
  for (const std::string& claim : options.claims) {
    auto member = claim_member(claim);
    if (!member) return complain_of_token(ExitCode::usage, "--claim: expected NAME=VALUE in UTF-8");
    members.push_back(std::move(*member));
  }
  const std::string claims = fmt::format("{{{}}}", fmt::join(members, ","));
  if (const auto parsed = auth::JwtClaims::parse(claims); parsed.has_error())
    return complain_of_token(ExitCode::usage, parsed.error().why());
  std::cout << signer->sign(claims, options.kid) << '\n';
  return ExitCode::success;
}

// --- inspect ---------------------------------------------------------------------

struct InspectOptions {
  std::string token = "-";
  auth::JwtKeySources keys;
  auth::JwtPolicy policy;
  std::int64_t leeway_seconds = 30;
  std::string user_claim = "sub";

  bool has_keys() const {
    return !(keys.secret.empty() && keys.secret_file.empty() && keys.secret_env.empty() &&
             keys.public_key.empty() && keys.jwks.empty());
  }
};

/// What a stranger wrote; a terminal must not obey it.
std::string safe_text(std::string_view text) {
  std::string out;
  log_text::append_safe(out, text, token_shown_bytes_max);
  return out;
}

void show_time(std::string_view name, const std::optional<auth::JwtTime>& time) {
  if (!time) return;
  const auto ahead = std::chrono::floor<std::chrono::seconds>(*time - now()).count();
  std::cout << fmt::format("{:<10}{} s {}\n", name, ahead < 0 ? -ahead : ahead,
                           ahead < 0 ? "ago" : "from now");
}

ExitCode inspect(InspectOptions& options) {
  if (options.token == "-") {
    options.token.clear();
    std::getline(std::cin, options.token);
  }
  const auto parsed = auth::JwtToken::parse(options.token);
  if (parsed.has_error()) return complain_of_token(ExitCode::failure, parsed.error().why());
  std::cout << fmt::format("header    {}\n", safe_text(parsed->header_json));
  std::cout << fmt::format("claims    {}\n", safe_text(parsed->claims_text));
  if (const auto claims = auth::JwtClaims::parse(parsed->claims_text); claims.has_value()) {
    show_time("issued", claims->issued);
    show_time("valid", claims->not_before);
    show_time("expires", claims->expires);
  }
  if (!options.has_keys()) {
    std::cout << "verdict   none: no key was given, so anybody may have written this\n";
    return ExitCode::success;
  }
  auto loaded = auth::load_jwt_keys(options.keys);
  if (loaded.has_error()) return complain_of_token(ExitCode::usage, loaded.error().message);
  for (const std::string& why : loaded->left_out)
    complain_of_token(ExitCode::usage, "left out: " + why);
  auth::JwtSettings settings;
  settings.policy = options.policy;
  settings.policy.leeway = std::chrono::seconds(options.leeway_seconds);
  settings.user_claim = options.user_claim;
  const auto verdict =
      auth::JwtVerifier(std::move(loaded->keys), settings).verify(options.token, now());
  if (verdict.has_error()) {
    std::cout << fmt::format("verdict   {}: {}\n", verdict.error().reason(),
                             safe_text(verdict.error().why()));
    return ExitCode::failure;
  }
  std::cout << fmt::format("verdict   ok, user {}\n", safe_text(json::quoted(verdict->user)));
  return ExitCode::success;
}

// --- the command line ---------------------------------------------------------------

void add_secrets(CLI::App& command, auth::JwtKeySources& keys) {
  command.add_option("--secret", keys.secret, "HS256, at least 32 bytes; others may see it in ps");
  command.add_option("--secret-file", keys.secret_file, "HS256, from a file");
  command.add_option("--secret-env", keys.secret_env, "HS256, from an environment variable");
}

void add_make(CLI::App& parent, ExitCode& exit_code) {
  CLI::App* const command = parent.add_subcommand("make", "Sign a token, for development");
  const auto options = std::make_shared<MakeOptions>();
  add_secrets(*command, options->secrets);
  command->add_option("--key", options->key_file,
                      "RS256, ES256 or EdDSA: a file with a private key in PEM");
  command->add_option("--kid", options->kid, "The key's name in the header");
  command->add_option("--user", options->user, "The claim sub");
  command->add_option("--audience", options->audiences, "The claim aud; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--issuer", options->issuer, "The claim iss");
  command->add_option("--seconds", options->lifetime_seconds,
                      "Until it expires; 0: never, negative: it has already [3600]");
  command->add_option("--claim", options->claims, "One more; a value that is JSON stays that")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->footer(
      "Prints the token. Keys that clients can be given tokens with belong to whoever\n"
      "logs them in, not to this command.");
  command->callback([options, &exit_code] { exit_code = make(*options); });
}

void add_inspect(CLI::App& parent, ExitCode& exit_code) {
  CLI::App* const command = parent.add_subcommand(
      "inspect", "Show what a token says, and verify it where a key is given");
  const auto options = std::make_shared<InspectOptions>();
  command->add_option("TOKEN", options->token, "The token, or - for standard input (the default)");
  add_secrets(*command, options->keys);
  command->add_option("--public-key", options->keys.public_key,
                      "A file with a public key or certificate in PEM");
  command->add_option("--jwks", options->keys.jwks, "A file with a JWK Set");
  command->add_option("--audience", options->policy.audiences, "As in the configuration")
      ->allow_extra_args(false);
  command->add_option("--issuer", options->policy.issuers, "As in the configuration")
      ->allow_extra_args(false);
  command->add_option("--user-claim", options->user_claim, "As in the configuration [sub]");
  command->add_option("--leeway", options->leeway_seconds, "Seconds [30]");
  command->footer(
      "Exit codes: 0 shown, and right where a key was given; 1 refused; 2 no such key.");
  command->callback([options, &exit_code] { exit_code = inspect(*options); });
}

}  // namespace

void add_token(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("token", "Make and inspect JSON Web Tokens");
  command->require_subcommand(1);
  add_make(*command, exit_code);
  add_inspect(*command, exit_code);
}

}  // namespace roost::tools
