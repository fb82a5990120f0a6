// The hook that asks an HTTP service, against a real one: what it makes of answers,
// and what happens when there is none.
#include "auth/http_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/http_client.hpp"
#include "server/running_server.hpp"
#include "support/http_service.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using test::HttpService;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using HttpAsked = HttpService::Asked;
using HttpTold = HttpService::Told;

/// The system's, and as much later as a test says.
class LaterClock final : public Clock {
 public:
  SteadyTime steady() const override { return std::chrono::steady_clock::now() + later_.load(); }
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::now();
  }
  void advance(std::chrono::seconds time) { later_.store(later_.load() + time); }

 private:
  std::atomic<std::chrono::seconds> later_{0s};
};

/// A question that waits for its decision.
class AwaitedDecision {
 public:
  std::shared_ptr<std::atomic<bool>> wanted = std::make_shared<std::atomic<bool>>(true);
  std::shared_ptr<std::promise<Decision>> promise = std::make_shared<std::promise<Decision>>();

  Decision get() {
    if (future_.wait_for(WsClient::patience) != std::future_status::ready)
      throw std::runtime_error("no decision came");
    return future_.get();
  }
  /// "allowed", or why not.
  std::string told() {
    const Decision decision = get();
    return decision.allows() ? "allowed" : decision.response + " " + decision.log_reason;
  }

 private:
  std::future<Decision> future_ = promise->get_future();
};

HttpService::Answers saying_always(HttpTold told) {
  return [told](const HttpAsked&) { return told; };
}
HttpTold saying_allow(std::string_view headers = "") {
  return HttpService::json(R"({"allow":true})", headers);
}
HttpTold saying_allow_for(int seconds) {
  return saying_allow("Cache-Control: max-age=" + std::to_string(seconds) + "\r\n");
}

class HttpHooks : public testing::Test {
 protected:
  HttpHooks() {
    rule_.topic = "room:{room}";
    rule_.hook = "http";
    rule_.options["breaker_failures"] = std::int64_t{3};
  }
  /// One that asks `service`.
  std::shared_ptr<auth::Hook> hook(const HttpService& service) {
    rule_.options["url"] = service.url();
    return make().value();
  }
  Result<std::shared_ptr<auth::Hook>> make() {
    return auth::http_hook_kind.make(
        rule_,
        {log_, clock_, {}, hook_timeout_, [this]() -> auth::HttpClient& { return client_; }});
  }
  std::string error() {
    const auto made = make();
    return made ? "none" : made.error().message;
  }
  void set(const std::string& key, HookOption value) { rule_.options[key] = std::move(value); }

  AwaitedDecision ask(const std::shared_ptr<auth::Hook>& hook, const std::string& room = "7",
                      Question::Kind kind = Question::Kind::join,
                      const std::string& payload = "{}") {
    const std::array<Capture, 1> captures{{{"room", room}}};
    const std::string topic = "room:" + room;
    Question question;
    question.kind = kind;
    question.topic = topic;
    question.captures = captures;
    question.payload = Payload::json(payload);
    question.connection = std::make_shared<ConnectionInfo>();
    AwaitedDecision waiting;
    const auto decision = hook->ask(question, [&] {
      const auto answer = [promise = waiting.promise](Decision late) { promise->set_value(late); };
      return Answer(answer, waiting.wanted);
    });
    EXPECT_FALSE(decision);
    return waiting;
  }
  std::string told(const std::shared_ptr<auth::Hook>& hook, const std::string& room = "7") {
    return ask(hook, room).told();
  }

  AuthorizeRule rule_;
  std::chrono::milliseconds hook_timeout_ = 2s;
  LaterClock clock_;
  Arrivals<std::string> lines_;
  Log log_{LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { lines_.put(std::string(line)); }};
  net::HttpClientThread client_;
};

TEST_F(HttpHooks, AskTheServiceAndDecideAsItSays) {
  std::promise<std::string> body;
  HttpService service([&](const HttpAsked& asked) {
    if (asked.number > 1)
      return HttpService::json(R"({"allow":false,"reason":"closed","log":"on Friday"})");
    body.set_value(asked.body);
    return HttpService::json(R"({"allow":true,"response":{"a":1}})");
  });
  const auto http_hook = hook(service);
  const Decision first = ask(http_hook).get();
  EXPECT_TRUE(first.allows());
  EXPECT_EQ(first.response, R"({"a":1})");
  EXPECT_THAT(body.get_future().get(),
              AllOf(HasSubstr(R"("question":"join","topic":"room:7","captures":{"room":"7"})")));
  EXPECT_EQ(told(http_hook), R"({"reason":"closed"} on Friday)");
}

TEST_F(HttpHooks, DenyWhereTheServiceSaysNothingThatIsAnAnswer) {
  Arrivals<HttpTold> tellings;
  HttpService service([&](const HttpAsked&) { return tellings.take(); });
  const auto http_hook = hook(service);
  const auto why = [&](const HttpTold& telling) {
    tellings.put(telling);
    return told(http_hook);
  };
  const std::string start = R"({"reason":"unauthorized"} )" + service.url() + ": ";
  EXPECT_EQ(why(saying_allow()), "allowed");
  EXPECT_EQ(why(HttpService::json("yes")), start + "the answer is no JSON");
  EXPECT_EQ(why(HttpService::json("{}")), start + "allow is missing");
  EXPECT_EQ(why(HttpService::status("201 Created", R"({"allow":true})")),
            start + "it answered with status 201");
  EXPECT_EQ(why(HttpService::status("403 Forbidden", R"({"allow":true})")),
            start + "it answered with status 403");
  EXPECT_EQ(why({HttpService::reply("302 Found", "", "Location: /x\r\n"), HttpTold::Then::keep}),
            start + "it answered with status 302");
  EXPECT_EQ(why(HttpService::status("500 Internal Server Error")),
            start + "it answered with status 500");
  // On the old connection, and once more on another.
  tellings.put({"", HttpTold::Then::close});
  EXPECT_THAT(why({"", HttpTold::Then::close}), HasSubstr(start + "no answer: "));
  EXPECT_EQ(why(saying_allow()), "allowed");
}

TEST_F(HttpHooks, AskAThousandQuestionsAtOnceOverFewConnections) {
  hook_timeout_ = 60s;  // a busy machine is no fault
  set("max_connections", std::int64_t{4});
  HttpService service(saying_always(saying_allow()));
  const auto http_hook = hook(service);
  std::vector<AwaitedDecision> waiting;
  for (int i = 0; i < 1000; ++i) waiting.push_back(ask(http_hook));
  for (AwaitedDecision& one : waiting) EXPECT_EQ(one.told(), "allowed");
  EXPECT_EQ(service.requests(), 1000);
  EXPECT_LE(service.connections(), 4);
}

TEST_F(HttpHooks, LetSoManyWaitAndNoMore) {
  set("max_connections", std::int64_t{1});
  set("max_waiting", std::int64_t{2});
  HttpService service(saying_always(HttpService::hang()));
  const auto http_hook = hook(service);
  std::vector<AwaitedDecision> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(ask(http_hook));
  EXPECT_THAT(told(http_hook), EndsWith("2 questions wait already"));
  for (AwaitedDecision& one : waiting) *one.wanted = false;
}

TEST_F(HttpHooks, LetSoManyBytesWaitAndNoMore) {
  set("max_connections", std::int64_t{1});
  HttpService service(saying_always(HttpService::hang()));
  const auto http_hook = hook(service);
  const auto ask_with = [&](std::size_t bytes) {
    return ask(http_hook, "7", Question::Kind::join, '"' + std::string(bytes, 'x') + '"');
  };
  // The rest of a question takes less than a KiB.
  std::vector<AwaitedDecision> waiting;
  for (const std::size_t bytes : {std::size_t{1}, limits::hook_waiting_bytes_max - 2048})
    waiting.push_back(ask_with(bytes));
  EXPECT_THAT(ask_with(2048).told(), EndsWith("1 questions wait already"));
  waiting.push_back(ask_with(1));
  for (AwaitedDecision& one : waiting) *one.wanted = false;
}

TEST_F(HttpHooks, DenyWhenTheTimeIsOver) {
  set("timeout", std::int64_t{20});
  set("max_connections", std::int64_t{1});
  HttpService service(saying_always(HttpService::hang()));
  const auto http_hook = hook(service);
  AwaitedDecision running = ask(http_hook);
  service.await_requests(1);
  AwaitedDecision waiting = ask(http_hook);
  const std::string start = R"({"reason":"authorization_timeout"} )" + service.url() + ": ";
  EXPECT_EQ(running.told(), start + "no answer in time");
  EXPECT_THAT(waiting.told(), HasSubstr(start));
  service.await_no_connections();
}

TEST_F(HttpHooks, EndTheRequestOfWhoHasGone) {
  set("max_connections", std::int64_t{1});
  HttpService service([](const HttpAsked& asked) {
    return asked.connection == 1 ? HttpService::hang() : saying_allow();
  });
  const auto http_hook = hook(service);
  const AwaitedDecision gone = ask(http_hook);
  service.await_requests(1);
  const AwaitedDecision waited = ask(http_hook);
  *waited.wanted = false;
  *gone.wanted = false;
  EXPECT_EQ(told(http_hook), "allowed");
  // Nobody asked for the one that went while it waited.
  EXPECT_EQ(service.requests(), 2);
}

TEST_F(HttpHooks, DoNotAskAServiceThatIsDownUntilItIsTried) {
  std::atomic<bool> is_up{false};
  HttpService service([&](const HttpAsked&) {
    return is_up ? saying_allow() : HttpService::status("503 Service Unavailable");
  });
  const auto http_hook = hook(service);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(told(http_hook), EndsWith("status 503"));
  EXPECT_THAT(lines_.take(),
              AllOf(HasSubstr("circuit breaker opened"), HasSubstr(service.url()),
                    HasSubstr("it answered with status 503"), HasSubstr(R"("level":"warn")")));
  EXPECT_THAT(told(http_hook), EndsWith("the circuit breaker is open"));
  EXPECT_EQ(service.requests(), 3);

  clock_.advance(5s);
  EXPECT_THAT(told(http_hook), EndsWith("status 503"));
  EXPECT_THAT(told(http_hook), EndsWith("the circuit breaker is open"));
  EXPECT_EQ(service.requests(), 4);

  clock_.advance(5s);
  is_up = true;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(told(http_hook), "allowed");
  // One line a change.
  EXPECT_THAT(lines_.take(), HasSubstr("circuit breaker closed"));
}

TEST_F(HttpHooks, TakeSilenceAndADeadServiceForDown) {
  set("timeout", std::int64_t{20});
  HttpService silent(saying_always(HttpService::hang()));
  const auto http_hook = hook(silent);
  for (int i = 0; i < 3; ++i) told(http_hook);
  EXPECT_THAT(lines_.take(), HasSubstr("no answer in time"));
  std::string url;
  {
    const HttpService dead(saying_always(saying_allow()));
    url = dead.url();
  }
  set("timeout", std::int64_t{2'000});
  set("url", url);
  const auto another = make().value();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(told(another), HasSubstr("cannot connect"));
  EXPECT_THAT(lines_.take(), HasSubstr("cannot connect"));
}

TEST_F(HttpHooks, DenyAllWhoWaitWhenTheServiceIsDown) {
  set("max_connections", std::int64_t{1});
  std::promise<void> go;
  HttpService service([&, going = go.get_future().share()](const HttpAsked&) {
    going.wait();
    return HttpService::status("500 Internal Server Error");
  });
  const auto http_hook = hook(service);
  std::vector<AwaitedDecision> waiting;
  for (int i = 0; i < 50; ++i) waiting.push_back(ask(http_hook));
  go.set_value();
  for (AwaitedDecision& one : waiting) EXPECT_FALSE(one.get().allows());
  EXPECT_EQ(service.requests(), 3);
}

TEST_F(HttpHooks, CountNoRefusalAsAFailureOfTheService) {
  HttpService service(saying_always(HttpService::status("400 Bad Request")));
  const auto http_hook = hook(service);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(told(http_hook), EndsWith("status 400"));
  EXPECT_EQ(service.requests(), 5);
}

TEST_F(HttpHooks, KeepAnswersForAsLongAsTheServiceSays) {
  set("cache_key", std::vector<std::string>{"{room}"});
  HttpService service(saying_always(saying_allow_for(10)));
  const auto http_hook = hook(service);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(told(http_hook, "7"), "allowed");
  EXPECT_EQ(service.requests(), 1);
  EXPECT_EQ(told(http_hook, "8"), "allowed");
  EXPECT_EQ(service.requests(), 2);
  EXPECT_EQ(ask(http_hook, "7", Question::Kind::publish).told(), "allowed");
  EXPECT_EQ(service.requests(), 3);
  clock_.advance(10s);
  EXPECT_EQ(told(http_hook, "7"), "allowed");
  EXPECT_EQ(service.requests(), 4);
}

TEST_F(HttpHooks, KeepDenialsToo) {
  set("cache_key", std::vector<std::string>{"{room}"});
  HttpService service(saying_always(
      HttpService::json(R"({"allow":false,"reason":"closed"})", "Cache-Control: max-age=10\r\n")));
  const auto http_hook = hook(service);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(told(http_hook), HasSubstr("closed"));
  EXPECT_EQ(service.requests(), 1);
}

TEST_F(HttpHooks, KeepNothingForLongerThanTheyMay) {
  set("cache_key", std::vector<std::string>{"{room}"});
  set("cache_max_age", std::int64_t{60'000});
  HttpService service(saying_always(saying_allow_for(3600)));
  const auto http_hook = hook(service);
  told(http_hook);
  clock_.advance(59s);
  told(http_hook);
  EXPECT_EQ(service.requests(), 1);
  clock_.advance(1s);
  told(http_hook);
  EXPECT_EQ(service.requests(), 2);
}

TEST_F(HttpHooks, KeepNoErrorsAndNothingUnasked) {
  const std::string kept = "Cache-Control: max-age=10\r\n";
  const std::vector<HttpTold> tellings = {
      saying_allow(), HttpService::json("no answer", kept),
      HttpTold{HttpService::reply("400 Bad Request", R"({"allow":true})", kept),
               HttpTold::Then::keep}};
  for (const HttpTold& telling : tellings) {
    set("cache_key", std::vector<std::string>{"{room}"});
    HttpService service(saying_always(telling));
    const auto http_hook = hook(service);
    for (int i = 0; i < 2; ++i) told(http_hook);
    EXPECT_EQ(service.requests(), 2) << telling.bytes;
  }
  rule_.options.erase("cache_key");
  HttpService service(saying_always(saying_allow_for(10)));
  const auto http_hook = hook(service);
  for (int i = 0; i < 2; ++i) told(http_hook);
  EXPECT_EQ(service.requests(), 2);
}

TEST_F(HttpHooks, AskOnceForThoseWhoWaitForTheSame) {
  set("cache_key", std::vector<std::string>{"{room}"});
  set("max_connections", std::int64_t{1});
  HttpService service(saying_always(saying_allow_for(10)));
  const auto http_hook = hook(service);
  std::vector<AwaitedDecision> waiting;
  for (int i = 0; i < 100; ++i) waiting.push_back(ask(http_hook));
  for (AwaitedDecision& one : waiting) EXPECT_EQ(one.told(), "allowed");
  EXPECT_EQ(service.requests(), 1);
}

TEST_F(HttpHooks, AnswerWhatTheyWereAskedWhenTheyAreReplaced) {
  std::promise<void> go;
  HttpService service([&, going = go.get_future().share()](const HttpAsked&) {
    going.wait();
    return saying_allow();
  });
  auto http_hook = hook(service);
  AwaitedDecision waiting = ask(http_hook);
  service.await_requests(1);
  http_hook.reset();
  go.set_value();
  EXPECT_EQ(waiting.told(), "allowed");
  service.await_no_connections();
}

TEST_F(HttpHooks, SayWhatIsWrongWithTheirConfiguration) {
  set("url", std::string("http://h/"));
  EXPECT_EQ(error(), "none");
  set("timeout", std::int64_t{2'001});
  EXPECT_EQ(error(), "timeout: no hook has longer than [hooks] timeout, 2000ms");
  set("timeout", std::int64_t{2'000});
  EXPECT_EQ(error(), "none");
  set("cache_entries", std::int64_t{1});
  EXPECT_EQ(error(), "cache_entries: nothing is kept without cache_key");
  set("cache_key", std::vector<std::string>{"{roam}"});
  EXPECT_EQ(error(), "cache_key: the topic has no {roam}");
  set("cache_key", std::vector<std::string>{"user", "{room}"});
  EXPECT_EQ(error(), "none");
  set("ca_file", std::string("ca.pem"));
  EXPECT_EQ(error(), "ca_file: the url is not https");
  set("url", std::string("https://h/"));
  EXPECT_THAT(error(), HasSubstr("ca_file: no certificates in ca.pem"));
  set("headers", std::vector<std::string>{"Bearer secret"});
  EXPECT_THAT(error(), AllOf(HasSubstr("headers: "), Not(HasSubstr("secret"))));
  set("url", std::string("http://ann:secret@h/"));
  EXPECT_THAT(error(), AllOf(HasSubstr("url: "), Not(HasSubstr("secret"))));
}

TEST(HttpHookKeys, AreTakenUpToTheirBounds) {
  const auto takes = [](const std::string& line) {
    return parse_config("[[authorize_connect]]\nhook = \"http\"\nurl = \"http://h/\"\n" + line, "f")
        .has_value();
  };
  struct Bounds {
    const char* key;
    std::vector<const char*> within, beyond;
  };
  const std::vector<Bounds> all = {
      {"timeout", {"\"10ms\"", "\"10m\""}, {"\"9ms\"", "\"601s\"", "5"}},
      {"max_connections", {"1", "1024"}, {"0", "1025"}},
      {"max_waiting", {"1", "65536"}, {"0", "65537"}},
      {"breaker_failures", {"1", "1000"}, {"0", "1001"}},
      {"breaker_time", {"\"100ms\"", "\"10m\""}, {"\"99ms\"", "\"601s\""}},
      {"cache_max_age", {"\"1s\"", "\"24h\""}, {"\"999ms\"", "\"86401s\""}},
      {"cache_entries", {"1", "1000000"}, {"0", "1000001"}},
      {"cache_memory", {"\"64KiB\"", "\"1GiB\""}, {"65535", "1073741825"}},
      {"headers", {"\"a: b\"", "[\"a: b\"]"}, {"[]", "1"}},
      {"cache_key", {"\"user\"", "[\"user\", \"topic\"]"}, {"[]", "1"}},
  };
  for (const auto& [key, within, beyond] : all) {
    for (const char* value : within) EXPECT_TRUE(takes(key + std::string(" = ") + value)) << key;
    for (const char* value : beyond) EXPECT_FALSE(takes(key + std::string(" = ") + value)) << key;
  }
}

// --- of a server --------------------------------------------------------------------

class HttpHooked : public Servers {
 protected:
  /// Joins of topics that match are for the service to decide.
  void ask_about(const std::string& topic, const HttpService& service) {
    AuthorizeRule asks;
    asks.topic = topic;
    asks.hook = "http";
    asks.options["url"] = service.url();
    AuthorizeRule others;
    others.topic = "*";
    others.allow = true;
    config_.join_rules = {asks, others};
  }
};

TEST_F(HttpHooked, LetOthersGoOnWhileAServiceHangs) {
  config_.threads = 1;
  HttpService service(saying_always(HttpService::hang()));
  ask_about("events:slow:*", service);
  server().start();
  WsClient ann = client(), ben = client();
  for (int i = 0; i < 50; ++i) ann.push("events:slow:" + std::to_string(i), "phx_join", "{}", "1");
  service.await_requests(16);
  EXPECT_EQ(ann.join(lobby), joined(lobby));
  EXPECT_EQ(ben.join(lobby), joined(lobby));
  ben.push(lobby, "cloudevent", event_number(1));
  EXPECT_EQ(ben.read_text(), answered(lobby, "ok", "{}"));
  EXPECT_EQ(ann.read_text(), delivered(lobby, "cloudevent", event_number(1)));
  EXPECT_LE(service.connections(), 16);
}

TEST_F(HttpHooked, EndTheRequestOfASocketThatHasGone) {
  config_.hook_timeout = 60s;
  HttpService service(saying_always(HttpService::hang()));
  ask_about("events:slow:*", service);
  server().start();
  {
    WsClient ann = client();
    ann.push("events:slow:1", "phx_join", "{}", "1");
    service.await_requests(1);
  }
  service.await_no_connections();
}

TEST_F(HttpHooked, AskAnotherServiceAfterAReload) {
  HttpService first(saying_always(saying_allow()));
  HttpService second(saying_always(HttpService::json(R"({"allow":false,"reason":"second"})")));
  ask_about("events:*", first);
  server().start();
  WsClient ann = client();
  EXPECT_EQ(ann.join(lobby), joined(lobby));
  ask_about("events:*", second);
  server().reload(config_);
  // Each thread takes the new rules when it comes to it.
  for (int number = 0; second.requests() == 0; ++number) {
    ASSERT_LT(number, 10'000);
    client().join("events:" + std::to_string(number));
  }
}

TEST_F(HttpHooked, EndWithQuestionsUnderWay) {
  HttpService service(saying_always(HttpService::hang()));
  ask_about("events:slow:*", service);
  server().start();
  WsClient ann = client();
  ann.push("events:slow:1", "phx_join", "{}", "1");
  service.await_requests(1);
  server_.reset();
  service.await_no_connections();
}

}  // namespace
}  // namespace roost
