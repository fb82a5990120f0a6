#include "net/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/certificates.hpp"
#include "support/http_service.hpp"

namespace roost::net {
namespace {

using roost::test::CertificateFolder;
using roost::test::HttpService;
using testing::HasSubstr;
using testing::StartsWith;
using HttpAsked = HttpService::Asked;
using HttpTold = HttpService::Told;
using PostResult = Result<auth::HttpReply>;

class HttpClients : public testing::Test {
 protected:
  /// Of a service at `url`; let go on the client's thread.
  std::shared_ptr<auth::HttpConnections> connections_to(const std::string& url,
                                                        const std::string& ca_file = {}) {
    auto made =
        client_.connections_to({auth::HttpUrl::parse(url).value(), {{"x-key", "7"}}, ca_file})
            .value();
    auth::HttpConnections* const connections = made.get();
    return {connections, [this, made = std::move(made)](auto*) mutable {
              client_.run([let_go = std::move(made)] {});
            }};
  }
  std::future<PostResult> post(const std::shared_ptr<auth::HttpConnections>& connections,
                               const std::string& body = "{}") {
    auto promise = std::make_shared<std::promise<PostResult>>();
    auto future = promise->get_future();
    client_.run([connections, promise, body] {
      connections->post(std::make_shared<const std::string>(body),
                        [promise](PostResult reply) { promise->set_value(std::move(reply)); });
    });
    return future;
  }
  PostResult answer_of(const std::shared_ptr<auth::HttpConnections>& connections) {
    auto future = post(connections);
    if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
      throw std::runtime_error("no answer came");
    return future.get();
  }
  std::string error_of(const std::string& url, const std::string& ca_file = {}) {
    const PostResult reply = answer_of(connections_to(url, ca_file));
    return reply ? "none" : reply.error().message;
  }
  std::string error_of(HttpTold told) {
    const HttpService service([told](const HttpAsked&) { return told; });
    return error_of(service.url());
  }

  HttpClientThread client_;
};

TEST_F(HttpClients, PostJson) {
  std::promise<HttpAsked> asked;
  const HttpService service([&](const HttpAsked& one) {
    asked.set_value(one);
    return HttpService::json("[1]", "Cache-Control: private\r\ncache-control: max-age=5\r\n");
  });
  const auto connections = connections_to(service.url("/a?b=c"));
  const auth::HttpReply reply = post(connections, R"({"x":1})").get().value();
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.body, "[1]");
  EXPECT_EQ(reply.cache_control, "private, max-age=5");
  const HttpAsked seen = asked.get_future().get();
  EXPECT_EQ(seen.body, R"({"x":1})");
  EXPECT_THAT(seen.head, StartsWith("POST /a?b=c HTTP/1.1\r\n"));
  for (const char* header :
       {"Host: 127.0.0.1:", "Content-Type: application/json\r\n", "Accept: application/json\r\n",
        "x-key: 7\r\n", "Content-Length: 7\r\n"})
    EXPECT_THAT(seen.head, HasSubstr(header));
}

TEST_F(HttpClients, AskOnTheSameConnectionAgain) {
  HttpService service([](const HttpAsked&) { return HttpService::json("{}"); });
  const auto connections = connections_to(service.url());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(answer_of(connections));
  EXPECT_EQ(service.connections(), 1);
  EXPECT_EQ(service.requests(), 20);
}

TEST_F(HttpClients, AskOnSeveralConnectionsAtOnce) {
  std::atomic<int> waiting{0};
  HttpService service([&](const HttpAsked&) {
    ++waiting;
    while (waiting < 3) std::this_thread::yield();
    return HttpService::json("{}");
  });
  const auto connections = connections_to(service.url());
  std::vector<std::future<PostResult>> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(post(connections));
  for (auto& one : answers) EXPECT_TRUE(one.get());
  EXPECT_EQ(service.connections(), 3);
}

TEST_F(HttpClients, AskAnewWhereAnOldConnectionHasDied) {
  HttpService service([](const HttpAsked& asked) {
    if (asked.connection == 1 && asked.number == 2) return HttpTold{"", HttpTold::Then::reset};
    return HttpService::json("{}");
  });
  const auto connections = connections_to(service.url());
  EXPECT_TRUE(answer_of(connections));
  EXPECT_TRUE(answer_of(connections));
  EXPECT_EQ(service.connections(), 2);
  EXPECT_EQ(service.requests(), 3);
}

TEST_F(HttpClients, AskAnewOnce) {
  HttpService service([](const HttpAsked& asked) {
    if (asked.connection == 1 && asked.number == 1) return HttpService::json("{}");
    return HttpTold{"", HttpTold::Then::close};
  });
  const auto connections = connections_to(service.url());
  EXPECT_TRUE(answer_of(connections));
  EXPECT_FALSE(answer_of(connections));
  EXPECT_EQ(service.connections(), 2);
}

TEST_F(HttpClients, DoNotAskAnewOnAFreshConnection) {
  HttpService service([](const HttpAsked&) { return HttpTold{"", HttpTold::Then::close}; });
  EXPECT_THAT(error_of(service.url()), HasSubstr("no answer: "));
  EXPECT_EQ(service.connections(), 1);
}

TEST_F(HttpClients, DoNotAskAnewWhereAnAnswerHasBegun) {
  HttpService service([](const HttpAsked& asked) {
    if (asked.number == 1) return HttpService::json("{}");
    return HttpTold{"HTTP/1.1 200", HttpTold::Then::close};
  });
  const auto connections = connections_to(service.url());
  EXPECT_TRUE(answer_of(connections));
  EXPECT_FALSE(answer_of(connections));
  EXPECT_EQ(service.connections(), 1);
}

TEST_F(HttpClients, LetGoOfConnectionsThatTheServiceCloses) {
  HttpService service([](const HttpAsked&) {
    return HttpTold{HttpService::reply("200 OK", "{}"), HttpTold::Then::close};
  });
  const auto connections = connections_to(service.url());
  EXPECT_TRUE(answer_of(connections));
  service.await_no_connections();
  EXPECT_TRUE(answer_of(connections));
  EXPECT_EQ(service.connections(), 2);
  EXPECT_EQ(service.requests(), 2);
}

TEST_F(HttpClients, DoNotTakeWhatComesBehindAnAnswerForTheNext) {
  HttpService service([](const HttpAsked& asked) {
    HttpTold told = HttpService::json(asked.connection == 1 ? "1" : "2");
    if (asked.connection == 1) told.bytes += HttpService::reply("200 OK", "forged");
    return told;
  });
  const auto connections = connections_to(service.url());
  EXPECT_EQ(answer_of(connections).value().body, "1");
  EXPECT_EQ(answer_of(connections).value().body, "2");
  EXPECT_EQ(service.connections(), 2);
}

TEST_F(HttpClients, DoNotTakeTheAnswerBehindAnInterimOneForTheNext) {
  HttpService service([](const HttpAsked&) {
    return HttpTold{"HTTP/1.1 103 Early Hints\r\n\r\n", HttpTold::Then::keep};
  });
  const auto connections = connections_to(service.url());
  EXPECT_EQ(answer_of(connections).value().status, 103U);
  service.await_no_connections();
}

TEST_F(HttpClients, DoNotFollowRedirects) {
  HttpService service([](const HttpAsked&) {
    return HttpTold{HttpService::reply("302 Found", "", "Location: /elsewhere\r\n"),
                    HttpTold::Then::keep};
  });
  EXPECT_EQ(answer_of(connections_to(service.url())).value().status, 302U);
  EXPECT_EQ(service.requests(), 1);
}

TEST_F(HttpClients, TakeAnAnswerOfSoManyBytesAndNoMore) {
  const auto of = [](std::size_t bytes) { return HttpService::json(std::string(bytes, '1')); };
  EXPECT_EQ(error_of(of(limits::hook_answer_bytes_max)), "none");
  EXPECT_EQ(error_of(of(limits::hook_answer_bytes_max + 1)), "its answer is over 65536 bytes");
}

TEST_F(HttpClients, TakeAHeadOfSoManyBytesAndNoMore) {
  const auto of = [](std::size_t bytes) {
    const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx: ", end = "\r\n\r\n";
    const std::string fill(bytes - start.size() - end.size(), 'x');
    return HttpTold{start + fill + end + "{}", HttpTold::Then::keep};
  };
  EXPECT_EQ(error_of(of(limits::hook_head_bytes_max)), "none");
  EXPECT_EQ(error_of(of(limits::hook_head_bytes_max + 1)), "its answer's head is over 16384 bytes");
}

TEST_F(HttpClients, SayWhatIsWrongWithAnAnswer) {
  for (const char* bytes : {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"})
    EXPECT_THAT(error_of(HttpTold{bytes, HttpTold::Then::close}), HasSubstr("no answer: "))
        << bytes;
}

TEST_F(HttpClients, SayThatNobodyListens) {
  std::string url;
  {
    const HttpService service([](const HttpAsked&) { return HttpService::json("{}"); });
    url = service.url();
  }
  EXPECT_THAT(error_of(url), StartsWith("cannot connect: "));
  // RFC 6761 section 6.4
  EXPECT_THAT(error_of("http://nothing.invalid/"), StartsWith("cannot resolve its name: "));
}

TEST_F(HttpClients, LookUpNames) {
  HttpService service([](const HttpAsked&) { return HttpService::json("{}"); });
  EXPECT_TRUE(answer_of(connections_to(service.url("/", "localhost"))));
}

TEST_F(HttpClients, EndAConnectionWhoseRequestIsCancelled) {
  HttpService service([](const HttpAsked& asked) {
    return asked.connection == 1 ? HttpService::hang() : HttpService::json("{}");
  });
  const auto connections = connections_to(service.url());
  std::promise<auth::HttpConnections::Ticket> ticket;
  std::atomic<bool> called{false};
  client_.run([&, connections] {
    ticket.set_value(connections->post(std::make_shared<const std::string>(),
                                       [&](PostResult) { called = true; }));
  });
  service.await_requests(1);
  client_.run([connections, number = ticket.get_future().get()] { connections->cancel(number); });
  service.await_no_connections();
  EXPECT_TRUE(answer_of(connections));
  EXPECT_FALSE(called);
}

TEST_F(HttpClients, EndWithRequestsUnderWay) {
  const auto held = std::make_shared<int>(0);
  HttpService service([](const HttpAsked&) { return HttpService::hang(); });
  {
    HttpClientThread client;
    auto connections = client.connections_to({auth::HttpUrl::parse(service.url()).value(), {}, {}});
    client.run([connections = *connections, held] {
      connections->post(std::make_shared<const std::string>(), [held](const PostResult&) {});
    });
    service.await_requests(1);
    EXPECT_GT(held.use_count(), 1);
  }
  EXPECT_EQ(held.use_count(), 1);
  service.await_no_connections();
}

TEST_F(HttpClients, RunWhatTheyAreToldWhenItIsTime) {
  std::promise<int> first;
  auto came = first.get_future();
  const auto now = std::chrono::steady_clock::now();
  client_.run_at(now + std::chrono::hours(1), [&first] { first.set_value(1); });
  client_.run_at(now + std::chrono::milliseconds(1), [&first] { first.set_value(2); });
  EXPECT_EQ(came.get(), 2);
}

class HttpsClients : public HttpClients {
 protected:
  /// A service whose certificate vouches for itself, for `alternative_name`.
  std::unique_ptr<HttpService> service_for(const std::string& alternative_name) {
    certificates_.make("service", "roost test", alternative_name);
    return std::make_unique<HttpService>(
        ok(), HttpService::tls(ca_file(), certificates_.file("service.key")));
  }
  std::string ca_file() const { return certificates_.file("service.pem"); }
  static HttpService::Answers ok() {
    return [](const HttpAsked&) { return HttpService::json("{}"); };
  }

  CertificateFolder certificates_;
};

TEST_F(HttpsClients, AskWhoIsVouchedFor) {
  for (const auto& [name, host] :
       {std::pair("DNS:localhost", "localhost"), std::pair("IP:127.0.0.1", "127.0.0.1")}) {
    const auto service = service_for(name);
    const auto connections = connections_to(service->url("/", host), ca_file());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(answer_of(connections)) << name;
    EXPECT_EQ(service->connections(), 1);
  }
}

TEST_F(HttpsClients, DoNotAskWhoIsNot) {
  const auto service = service_for("IP:127.0.0.1");
  certificates_.make("another", "roost test");
  EXPECT_THAT(error_of(service->url(), certificates_.file("another.pem")),
              StartsWith("its certificate is refused: "));
  EXPECT_THAT(error_of(service->url()), StartsWith("its certificate is refused: "));
  EXPECT_EQ(service->requests(), 0);
}

TEST_F(HttpsClients, DoNotAskWhoHasAnotherName) {
  for (const auto& [name, host] :
       {std::pair("DNS:elsewhere", "localhost"), std::pair("IP:127.0.0.2", "127.0.0.1")}) {
    const auto service = service_for(name);
    EXPECT_THAT(error_of(service->url("/", host), ca_file()), HasSubstr("mismatch"));
    EXPECT_EQ(service->requests(), 0);
  }
}

TEST_F(HttpsClients, SayThatAServiceDoesNotSpeakTls) {
  HttpService service(ok());
  std::string url = service.url();
  url.insert(4, "s");
  auto answer = post(connections_to(url));
  // It waits for a request that it can read.
  while (service.open_connections() == 0) std::this_thread::yield();
  service.cut_all();
  EXPECT_THAT(answer.get().error().message, StartsWith("no TLS handshake: "));
  EXPECT_EQ(service.requests(), 0);
}

TEST_F(HttpsClients, SayWhatIsWrongWithTheirAuthorities) {
  const auto service = auth::HttpUrl::parse("https://localhost/").value();
  certificates_.write_text("nonsense", "nonsense");
  for (const std::string& path : {certificates_.file("nonsense"), certificates_.file("nothing")}) {
    const auto connections = client_.connections_to({service, {}, path});
    ASSERT_TRUE(connections.has_error());
    EXPECT_THAT(connections.error().message, StartsWith("ca_file: no certificates in " + path));
  }
}

}  // namespace
}  // namespace roost::net
