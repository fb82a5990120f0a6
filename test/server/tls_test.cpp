// TLS: wss:// and https://, with certificates made here.
#include <roost/limits.hpp>
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/running_server.hpp"
#include "support/certificates.hpp"
#include "support/http_client.hpp"
#include "support/tls_client.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using test::HttpClient;
using test::TlsCarrier;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class TlsServers : public Servers {
 protected:
  TlsServers() {
    folder_.make("first", "first.example");
    use("first");
  }
  void use(const std::string& name) {
    config_.tls_certificate = folder_.file(name + ".pem");
    config_.tls_key = folder_.file(name + ".key");
  }
  /// Connected, its handshake made; not upgraded. `ssl_` is its TLS.
  WsClient connected(TlsCarrier::Options options = {}, const std::string& trusted = "first") {
    WsClient client(endpoint());
    client.connect();
    return with_tls(std::move(client), std::move(options), trusted);
  }
  WsClient with_tls(WsClient client, TlsCarrier::Options options = {},
                    const std::string& trusted = "first") {
    auto carrier =
        std::make_unique<TlsCarrier>(client.descriptor(), folder_.file(trusted + ".pem"), options);
    last_ = carrier.get();
    client.set_carrier(std::move(carrier));
    return client;
  }
  WsClient secure_client(TlsCarrier::Options options = {}, const std::string& trusted = "first") {
    WsClient client = connected(std::move(options), trusted);
    client.upgrade();
    return client;
  }
  /// A handshake as `set_up` wants it; why there was none.
  std::string refusal(std::function<void(SSL*)> set_up) {
    try {
      connected({.set_up = std::move(set_up)});
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  test::CertificateFolder folder_;
  TlsCarrier* last_ = nullptr;  // of the client that was made last
};

std::string large_event(std::size_t bytes, int id = 1) {
  return R"({"specversion":"1.0","source":"/s","type":"t","id":")" + std::to_string(id) +
         R"(","data":")" + std::string(bytes, 'x') + "\"}";
}

// --- what it carries ------------------------------------------------------------------

TEST_F(TlsServers, BringEventsToMembersOnEveryThread) {
  server().start();
  EXPECT_EQ(server().socket_urls(), std::vector{"wss://" + endpoint() + "/socket"});
  std::vector<WsClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(secure_client());
    ASSERT_EQ(clients.back().join(lobby), joined(lobby));
  }
  for (int i = 0; i < 20; ++i) {
    clients[0].push(lobby, "cloudevent", event_number(i));
    ASSERT_EQ(clients[0].read_text(), answered(lobby, "ok", "{}"));
    for (std::size_t receiver = 1; receiver < clients.size(); ++receiver)
      ASSERT_EQ(clients[receiver].read_text(), delivered(lobby, "cloudevent", event_number(i)));
  }
}

TEST_F(TlsServers, TellHooksThatTheWayIsSafe) {
  using Transport = ConnectionInfo::Transport;
  config_.listen.push_back("http://127.0.0.1:0");
  Arrivals<Transport> seen;
  server().authorize_connect([&](const Question& question) {
    seen.put(question.connection->transport);
    return Decision::allow();
  });
  server().start();
  secure_client();
  EXPECT_EQ(seen.take(), Transport::tls);
  HttpClient(connected()).request("GET", "/socket/longpoll?vsn=2.0.0");
  EXPECT_EQ(seen.take(), Transport::tls);
  WsClient::open(server().endpoints()[1]);
  EXPECT_EQ(seen.take(), Transport::plain);
  EXPECT_THAT(server().socket_urls()[1], StartsWith("ws://127.0.0.1:"));
}

TEST_F(TlsServers, CarryMessagesOfAMegabyteEitherWay) {
  server().start();
  WsClient sender = secure_client(), receiver = secure_client();
  for (WsClient* one : {&sender, &receiver}) ASSERT_EQ(one->join(lobby), joined(lobby));
  for (const std::size_t bytes : {16'383U, 16'384U, 16'385U, 1'000'000U}) {
    sender.push(lobby, "cloudevent", large_event(bytes));
    ASSERT_EQ(sender.read_text(), answered(lobby, "ok", "{}"));
    ASSERT_EQ(receiver.read_text(), delivered(lobby, "cloudevent", large_event(bytes)));
  }
}

TEST_F(TlsServers, KeepTheOrderOfABurst) {
  server().start();
  WsClient sender = secure_client(), receiver = secure_client();
  for (WsClient* one : {&sender, &receiver}) ASSERT_EQ(one->join(lobby), joined(lobby));
  for (int i = 0; i < 2000; ++i) sender.push(lobby, "cloudevent", event_number(i), "null");
  for (int i = 0; i < 2000; ++i)
    ASSERT_EQ(receiver.read_text(), delivered(lobby, "cloudevent", event_number(i)));
}

TEST_F(TlsServers, LoseNothingThatComesWithTheUpgrade) {
  server().start();
  WsClient eager = connected();
  eager.send_raw(
      WsClient::upgrade_request() +
      net::test::client_frame(protocol::Opcode::text, R"([1,1,"events:lobby","phx_join",{}])"));
  EXPECT_EQ(eager.read_status(), 101);
  EXPECT_EQ(eager.read_text(), joined(lobby));
}

TEST_F(TlsServers, AnswerRequestsThatComeInOneRecord) {
  server().start();
  HttpClient client(connected());
  constexpr int requests = 500;
  std::string together;
  for (int i = 0; i < requests; ++i) together += HttpClient::head("GET", "/healthz");
  client.send_raw(together);
  for (int i = 0; i < requests; ++i) ASSERT_EQ(client.read().body, "ok\n");
}

TEST_F(TlsServers, TakeBytesOneByOne) {
  server().start();
  WsClient slow = secure_client({.piece_bytes = 1});
  EXPECT_EQ(slow.join(lobby), joined(lobby));
}

TEST_F(TlsServers, GoOnWithNewKeys) {
  server().start();
  WsClient client = secure_client();
  SSL_key_update(last_->ssl(), SSL_KEY_UPDATE_REQUESTED);
  EXPECT_EQ(client.join(lobby), joined(lobby));
  client.push(lobby, "cloudevent", event_number(1));
  EXPECT_EQ(client.read_text(), answered(lobby, "ok", "{}"));
}

// --- how it ends ----------------------------------------------------------------------

TEST_F(TlsServers, EndWithCloseNotify) {
  server().start();
  WsClient client = secure_client();
  ASSERT_EQ(client.join(lobby), joined(lobby));
  server().stop();
  EXPECT_EQ(client.read_close(), 1012);
  EXPECT_EQ(client.read_end(), WsClient::End::orderly);
}

TEST_F(TlsServers, EndAnAnsweredConnectionWithCloseNotify) {
  server().start();
  HttpClient client(connected());
  EXPECT_EQ(client.request("GET", "/healthz", {"Connection: close"}).status, 200);
  EXPECT_EQ(client.read_end(), WsClient::End::orderly);
}

TEST_F(TlsServers, TakeACloseNotifyForTheEnd) {
  server().channel("room:*", rooms(guests_));
  server().start();
  WsClient client = secure_client();
  client.join("room:a");
  last_->say_goodbye();
  EXPECT_EQ(guests_.left.take(), LeaveReason::disconnected);
}

TEST_F(TlsServers, TakeAnEndWithoutOneForTheEndToo) {
  server().channel("room:*", rooms(guests_));
  server().start();
  secure_client().join("room:a");
  EXPECT_EQ(guests_.left.take(), LeaveReason::disconnected);
}

TEST_F(TlsServers, ResetAClientThatDoesNotRead) {
  config_.message_bytes_max = 4096;
  config_.queue_bytes_max = 8192;
  server().start();
  WsClient small(endpoint());
  small.set_receive_buffer(4096);
  small.connect();
  WsClient sleeper = with_tls(std::move(small));
  sleeper.upgrade();
  ASSERT_EQ(sleeper.join(lobby), joined(lobby));
  WsClient sender = secure_client(), receiver = secure_client();
  for (WsClient* one : {&sender, &receiver}) ASSERT_EQ(one->join(lobby), joined(lobby));
  const std::string event = large_event(3500);
  for (int sent = 0; server().counters().queue_overflows == 0; ++sent) {
    ASSERT_LT(sent, 20'000);
    sender.push(lobby, "cloudevent", event);
    ASSERT_EQ(sender.read_text(), answered(lobby, "ok", "{}"));
    ASSERT_EQ(receiver.read_text(), delivered(lobby, "cloudevent", event));
  }
  EXPECT_EQ(sleeper.read_end(), WsClient::End::reset);
}

// What OpenSSL has encrypted and could not send must be what it is given again.
TEST_F(TlsServers, DropNoPartOfWhatIsBeingWrittenToAClientThatFallsBehind) {
  config_.message_bytes_max = 4096;
  config_.queue_bytes_max = 64 << 10;
  config_.when_full = WhenFull::drop_oldest;
  server().start();
  WsClient small(endpoint());
  small.set_receive_buffer(4096);
  small.set_segment(536);
  small.connect();
  WsClient sleeper = with_tls(std::move(small));
  sleeper.upgrade();
  ASSERT_EQ(sleeper.join(lobby), joined(lobby));
  WsClient sender = secure_client();
  ASSERT_EQ(sender.join(lobby), joined(lobby));
  int sent = 0;
  for (; server().counters().events_dropped < 10; ++sent) {
    ASSERT_LT(sent, 20'000);
    sender.push(lobby, "cloudevent", large_event(3000, sent));
    ASSERT_EQ(sender.read_text(), answered(lobby, "ok", "{}"));
  }
  for (int last = -1; last < sent - 1;) {
    const std::string text = sleeper.read_text();
    constexpr std::string_view before_id = R"("id":")";
    const int id = std::stoi(text.substr(text.find(before_id) + before_id.size()));
    ASSERT_GT(id, last);
    ASSERT_EQ(text, delivered(lobby, "cloudevent", large_event(3000, id)));
    last = id;
  }
  EXPECT_EQ(server().counters().queue_overflows, 0u);
}

// --- whom it refuses ------------------------------------------------------------------

TEST_F(TlsServers, CloseAPlainRequest) {
  server().start();
  WsClient plain(endpoint());
  plain.connect();
  plain.send_raw(WsClient::upgrade_request());
  EXPECT_THROW(plain.read_status(), std::exception);
  await_log(R"("event":"tls handshake failed")");
}

TEST_F(TlsServers, SpeakNothingOlderThanTls12AndNoWeakCipher) {
  server().start();
  const auto with_cipher = [](const char* ciphers) {
    return [ciphers](SSL* ssl) {
      SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
      SSL_set_cipher_list(ssl, ciphers);
    };
  };
  EXPECT_EQ(refusal(with_cipher("ECDHE-ECDSA-AES128-GCM-SHA256")), "");
  EXPECT_EQ(refusal(with_cipher("ECDHE-ECDSA-CHACHA20-POLY1305")), "");
  EXPECT_THAT(refusal(with_cipher("ECDHE-ECDSA-AES128-SHA256")), HasSubstr("alert"));
  EXPECT_THAT(refusal([](SSL* ssl) {
                SSL_set_security_level(ssl, 0);
                SSL_set_min_proto_version(ssl, TLS1_VERSION);
                SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
              }),
              HasSubstr("handshake"));
}

TEST_F(TlsServers, AgreeOnHttp11AndNothingElse) {
  server().start();
  const auto offering = [](std::string protocols) {
    return [protocols](SSL* ssl) {
      SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
    };
  };
  const std::string h2 = "\x02h2", http11 = "\x08http/1.1";
  WsClient client = secure_client({.set_up = offering(h2 + http11)});
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(last_->ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  EXPECT_THAT(refusal(offering(h2)), HasSubstr("alert"));
}

TEST_F(TlsServers, CutTheOldestOfTooManyHandshakes) {
  config_.threads = 1;
  server().start();
  std::vector<WsClient> slow;
  const auto one_more = [&] {
    slow.emplace_back(endpoint()).connect();
    slow.back().send_raw("\x16");  // a handshake's first byte
  };
  while (slow.size() < limits::tls_handshakes_max) one_more();
  slow.back().send_raw("no TLS at all");
  const auto next_failure = [this] {
    return log_.take_first(
        [](const std::string& line) { return line.find("handshake failed") != line.npos; });
  };
  EXPECT_THAT(next_failure(), Not(HasSubstr("too many others")));
  one_more();
  one_more();
  EXPECT_THAT(next_failure(), HasSubstr("too many others"));
  EXPECT_EQ(slow.front().read_end(), WsClient::End::orderly);
}

// --- certificates ---------------------------------------------------------------------

TEST_F(TlsServers, ShowANewCertificateToThoseWhoComeAfterAReload) {
  server().start();
  WsClient early = secure_client();
  ASSERT_EQ(early.join(lobby), joined(lobby));
  folder_.make("first", "another.example");  // the same files
  server().reload(config_);
  WsClient late = secure_client();
  EXPECT_EQ(late.join(lobby), joined(lobby));
  late.push(lobby, "cloudevent", event_number(1));
  EXPECT_EQ(early.read_text(), delivered(lobby, "cloudevent", event_number(1)));
  folder_.make("second", "other.files.example");
  use("second");
  server().reload(config_);
  EXPECT_EQ(secure_client({}, "second").join(lobby), joined(lobby));
}

TEST_F(TlsServers, KeepTheirCertificateWhereTheNewOneIsBroken) {
  server().start();
  folder_.make("second", "second.example");
  Config fresh = config_;
  fresh.tls_key = folder_.file("second.key");
  server().reload(fresh);
  await_log("second.key: is not the key of the certificate in");
  EXPECT_EQ(secure_client().join(lobby), joined(lobby));
}

TEST_F(TlsServers, StayWithTlsWhereAReloadWouldTakeItAway) {
  server().start();
  Config fresh = config_;
  fresh.tls_certificate = fresh.tls_key = "";
  server().reload(fresh);
  EXPECT_EQ(secure_client().join(lobby), joined(lobby));
}

TEST_F(TlsServers, DoNotStartWithoutTheirCertificate) {
  config_.tls_certificate = folder_.file("none.pem");
  try {
    server().start();
    FAIL() << "without a certificate";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("none.pem: cannot be read: No such file"));
  }
}

}  // namespace
}  // namespace roost
