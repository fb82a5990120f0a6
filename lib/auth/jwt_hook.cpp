#include "auth/jwt_hook.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "auth/jwt_cache.hpp"
#include "auth/jwt_json.hpp"
#include "auth/jwt_keys.hpp"
#include "base/glob.hpp"

namespace roost::auth {
namespace {

using Shape = HookKey::Shape;
using Texts = std::vector<std::string>;
constexpr auto optional = HookKey::Presence::optional;
constexpr std::int64_t leeway_ms_max = 3'600'000;

constexpr auto jwt_keys = std::to_array<HookKey>({
    {"secret", Shape::text, optional, "a secret of at least 32 bytes"},
    {"secret_file", Shape::text, optional, "a file that holds a secret"},
    {"secret_env", Shape::text, optional, "the name of a variable that holds a secret"},
    {"public_key", Shape::text, optional, "a PEM file with a public key or certificate"},
    {"jwks", Shape::text, optional, "a file with a JWK Set"},
    {"algorithms", Shape::texts, optional, R"(one or more of "HS256", "RS256", "ES256", "EdDSA")"},
    {"audience", Shape::texts, optional, "an audience, or several"},
    {"issuer", Shape::texts, optional, "an issuer, or several"},
    {"leeway", Shape::duration, optional, R"(a duration such as "30s", up to 1h)", 0,
     leeway_ms_max},
    {"required_claims", Shape::texts, optional, R"(names of claims such as ["exp", "jti"])"},
    {"user_claim", Shape::text, optional, R"(the name of a claim such as "sub")"},
    {"token_param", Shape::text, optional, R"(the name of a param such as "token")"},
    {"topic_claim", Shape::text, optional, R"(the name of a claim such as "topics")"},
});

/// Where a rule looks beyond what the token is.
struct Places {
  std::string token_param;
  std::string topic_claim;
};

/// Signatures are costly, and the same tokens come again: with each publish over
/// HTTP, and when connections are lost. A cache is one thread's, since nothing in
/// this layer locks; it tells apart whose keys have verified.
JwtCache& cache_of_this_thread() {
  thread_local JwtCache cache(limits::token_cache_max);
  return cache;
}

/// A member of an object that is a string.
std::string string_member(std::string_view json, std::string_view name) {
  std::string found;
  each_member(json, limits::json_levels_max, [&](const std::string& one, const json::Value& value) {
    if (one == name && value.is_string()) found = text_of(value);
  });
  return found;
}

bool matches(const json::Value& pattern, std::string_view topic) {
  if (!pattern.is_string()) return false;
  const std::string text = text_of(pattern);
  return text.size() <= limits::topic_bytes_max && Glob(text).matches(topic);
}

/// True where the claim is a pattern, or a list of some, of which one matches.
bool claims_topic(std::string_view claims_json, std::string_view claim, std::string_view topic) {
  bool found = false;
  each_member(claims_json, limits::claims_levels_max,
              [&](const std::string& name, const json::Value& value) {
                if (name != claim) return;
                found = matches(value, topic);
                json::Scanner scanner(value.raw, limits::claims_levels_max);
                json::Value element;
                if (value.kind != json::Kind::array || !scanner.enter_array()) return;
                while (scanner.next_element() && scanner.value(element))
                  found = found || matches(element, topic);
              });
  return found;
}

class JwtHook final : public Hook {
 public:
  JwtHook(std::shared_ptr<const JwtVerifier> verifier, Places places, Texts files,
          const Clock& clock)
      : verifier_(std::move(verifier)),
        places_(std::move(places)),
        files_(std::move(files)),
        clock_(clock) {}

  std::optional<Decision> ask(const Question& question, const channel::MakeAnswer&) override {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(clock_.wall());
    auto verified = cache_of_this_thread().verify(verifier_, token_of(question), now);
    if (verified.has_error()) return refuse(verified.error());
    if (question.kind == Question::Kind::connect) {
      Decision decision =
          Decision::allow_user(std::move(verified->user), std::move(verified->claims_json));
      if (verified->expires) decision.expires = to_wall(*verified->expires);
      return decision;
    }
    const std::string& user = question.connection->user;
    if (!user.empty() && user != verified->user) return refuse({JwtFault::other_user, {}});
    if (!places_.topic_claim.empty() &&
        !claims_topic(verified->claims_json, places_.topic_claim, question.topic))
      return refuse({JwtFault::topic, places_.topic_claim});
    return Decision::allow({}, std::move(verified->claims_json));
  }

  std::vector<std::string> files() const override { return files_; }

 private:
  static Decision refuse(const JwtRefusal& refusal) {
    return Decision::deny(refusal.reason(), refusal.why());
  }

  /// Beyond what the clock can count is as good as never.
  static std::chrono::system_clock::time_point to_wall(JwtTime time) {
    using std::chrono::system_clock;
    const auto last =
        std::chrono::floor<std::chrono::milliseconds>(system_clock::time_point::max());
    return time < last ? system_clock::time_point(time) : system_clock::time_point::max();
  }

  std::string token_of(const Question& question) const {
    const ConnectionInfo& connection = *question.connection;
    if (places_.token_param.empty()) return connection.token;
    if (question.kind == Question::Kind::join)
      return question.payload.is_json() ? string_member(question.payload.bytes, places_.token_param)
                                        : "";
    if (!connection.token.empty()) return connection.token;
    return connection.param(places_.token_param).value_or("");
  }

  std::shared_ptr<const JwtVerifier> verifier_;
  Places places_;
  Texts files_;
  const Clock& clock_;
};

Result<std::vector<JwtAlgorithm>> algorithms_of(const AuthorizeRule& rule) {
  std::vector<JwtAlgorithm> algorithms;
  for (const std::string& name : option<Texts>(rule, "algorithms")) {
    const auto algorithm = find_jwt_algorithm(name);
    if (!algorithm)
      return Error{fmt::format("algorithms: \"{}\" is none of HS256, RS256, ES256, EdDSA", name)};
    algorithms.push_back(*algorithm);
  }
  return algorithms;
}

Result<std::shared_ptr<Hook>> make_jwt_hook(const AuthorizeRule& rule,
                                            const HookServices& services) {
  JwtKeySources sources;
  sources.secret = option<std::string>(rule, "secret");
  sources.secret_env = option<std::string>(rule, "secret_env");
  sources.secret_file = file_option(rule, "secret_file");
  sources.public_key = file_option(rule, "public_key");
  sources.jwks = file_option(rule, "jwks");
  auto loaded = load_jwt_keys(sources);
  if (loaded.has_error()) return loaded.error();
  for (const std::string& why : loaded->left_out)
    services.log.warn("key left out", {{"file", sources.jwks}, {"why", why}});

  JwtSettings settings;
  auto algorithms = algorithms_of(rule);
  if (algorithms.has_error()) return algorithms.error();
  settings.algorithms = std::move(*algorithms);
  settings.policy.audiences = option<Texts>(rule, "audience");
  settings.policy.issuers = option<Texts>(rule, "issuer");
  settings.policy.required_claims = option<Texts>(rule, "required_claims", {"exp"});
  settings.policy.leeway = std::chrono::milliseconds(
      option<std::int64_t>(rule, "leeway", settings.policy.leeway.count()));
  settings.user_claim = option<std::string>(rule, "user_claim", settings.user_claim);
  auto verifier = std::make_shared<const JwtVerifier>(std::move(loaded->keys), std::move(settings));
  if (!verifier->has_keys()) return Error{"algorithms: no key is for one of them"};

  const auto topic_claim = option<std::string>(rule, "topic_claim");
  // Entries of all other chains have one.
  if (!topic_claim.empty() && rule.topic.empty())
    return Error{"topic_claim: who connects asks for no topic"};
  Texts files;
  for (const std::string* file : {&sources.secret_file, &sources.public_key, &sources.jwks})
    if (!file->empty()) files.push_back(*file);
  return std::shared_ptr<Hook>(std::make_shared<JwtHook>(
      std::move(verifier), Places{option<std::string>(rule, "token_param"), topic_claim},
      std::move(files), services.clock));
}

}  // namespace

const HookKind jwt_hook_kind = {"jwt", jwt_keys, make_jwt_hook};

}  // namespace roost::auth
