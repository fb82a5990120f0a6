#include "server/explain.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <string_view>

#include "auth/explain.hpp"
#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "net/blocking_pool.hpp"
#include "net/http_client.hpp"
#include "server/assembly.hpp"

namespace roost::server {

namespace {

using Kind = Question::Kind;

constexpr std::string_view event_topics_prefix = "events:";

bool is_object(std::string_view text) {
  json::Scanner scanner(text, limits::json_levels_max);
  json::Value value;
  return is_utf8(text) && scanner.value(value) && scanner.finish() &&
         value.kind == json::Kind::object;
}

/// A member of an object, where it is a string.
std::string text_member(std::string_view object, std::string_view name) {
  json::Scanner scanner(object, limits::json_levels_max);
  json::Value key, value;
  std::string found;
  scanner.enter_object();
  while (scanner.next_member(key) && scanner.value(value)) {
    std::string key_text;
    json::unescape(key.raw, key_text);
    if (key_text != name || !value.is_string()) continue;
    found.clear();
    json::unescape(value.raw, found);
  }
  return found;
}

std::shared_ptr<ConnectionInfo> connection_of(const ExplainWanted& wanted) {
  auto connection = std::make_shared<ConnectionInfo>();
  connection->peer = "127.0.0.1:0";
  connection->token = wanted.token;
  connection->user = wanted.user;
  if (wanted.claims) {
    connection->claims_json = *wanted.claims;
    if (wanted.user.empty()) connection->user = text_member(*wanted.claims, "sub");
  }
  std::string params = "{";
  for (const auto& [name, value] : wanted.params) {
    if (params.size() > 1) params += ',';
    json::append_quoted(params, name);
    params += ':';
    json::append_quoted(params, value);
  }
  connection->params_json = params + "}";
  return connection;
}

Decision decide(const auth::Chain& chain, const Question& question,
                std::chrono::milliseconds timeout) {
  const auto promise = std::make_shared<std::promise<Decision>>();
  auto answered = promise->get_future();
  const auto decision = chain.authorize(question, [promise] {
    return Answer([promise](Decision late) { promise->set_value(std::move(late)); });
  });
  if (decision) return *decision;
  if (answered.wait_for(timeout) == std::future_status::ready) return answered.get();
  return Decision::deny("authorization_timeout", "the hook did not answer in time");
}

class Explaining {
 public:
  Explaining(const Config& config, const ExplainWanted& wanted, const Chains& chains)
      : config_(config), wanted_(wanted), chains_(chains), connection_(connection_of(wanted)) {}

  Explanation run() {
    const bool is_known = wanted_.claims || !wanted_.user.empty();
    const bool asks_connect = wanted_.question == Kind::connect || !is_known;
    if (asks_connect && !connect()) return {std::move(text_), Decision::Verdict::deny};
    if (wanted_.question == Kind::connect) return {std::move(text_), Decision::Verdict::allow};
    const bool joins = wanted_.question == Kind::join;
    const auto decision = ask(wanted_.question, joins ? chains_.join : chains_.publish);
    return {std::move(text_), decision.verdict};
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  bool connect() {
    const Decision decision = ask(Kind::connect, chains_.connect);
    if (!decision.allows()) return false;
    connection_->user = decision.user;
    connection_->claims_json = decision.claims;
    line("the user is {}{}", decision.user.empty() ? "nobody" : json::quoted(decision.user),
         decision.claims.empty() ? "" : ", with claims " + decision.claims);
    return true;
  }

  Decision ask(Kind kind, const std::shared_ptr<const auth::Chain>& chain) {
    Question question;
    question.kind = kind;
    question.connection = connection_;
    if (kind != Kind::connect) {
      question.topic = wanted_.topic;
      question.payload = Payload::json(wanted_.payload);
    }
    const std::string type = text_member(wanted_.payload, "type");
    if (kind == Kind::publish) {
      question.event = "cloudevent";
      question.type = type;
    }
    line("{}{}{}", auth::chain_key(kind), question.topic.empty() ? "" : " ", question.topic);
    Decision decision = chain ? said(*chain, question) : open(kind);
    line("{}", decision.allows() ? "allowed" : "denied: " + decision.response);
    if (kind != Kind::connect && !question.topic.starts_with(event_topics_prefix))
      line("but the program roost serves events:* alone; {} takes a program of your own",
           question.topic);
    return decision;
  }

  Decision said(const auth::Chain& chain, const Question& question) {
    text_ += auth::explain(chain, question);
    Decision decision = decide(chain, question, config_.hook_timeout);
    if (!decision.log_reason.empty()) line("  {}", decision.log_reason);
    return decision;
  }

  Decision open(Kind kind) {
    line("  there are no [[{}]] entries: everybody may", auth::chain_key(kind));
    return Decision::allow();
  }

  const Config& config_;
  const ExplainWanted& wanted_;
  const Chains& chains_;
  std::shared_ptr<ConnectionInfo> connection_;
  std::string text_;
};

}  // namespace

Result<Explanation> explain(const Config& config, const ExplainWanted& wanted, Log& log) {
  if (wanted.claims && !is_object(*wanted.claims)) return Error{"the claims are no JSON object"};
  if (!is_utf8(wanted.payload) || !json::is_json(wanted.payload, limits::json_levels_max))
    return Error{"the payload is no JSON"};
  for (const auto& [name, value] : wanted.params)
    if (!is_utf8(name) || !is_utf8(value)) return Error{"a param is no UTF-8"};
  const SystemClock clock;
  net::BlockingPool pool(1, 1);
  net::HttpClientOnDemand http;
  const auto blocking = [&]() -> auth::BlockingRunner& { return pool; };
  const auto chains =
      make_chains(config, {}, {log, clock, blocking, config.hook_timeout, std::ref(http)});
  if (!chains) return Error{to_string(chains.error().front())};
  return Explaining(config, wanted, *chains).run();
}

}  // namespace roost::server
