// Whom the server refuses, closes or resets: joins, connects, and every bound.
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <roost/limits.hpp>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/running_server.hpp"
#include "support/raw_deflate.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// --- who may ------------------------------------------------------------------------

TEST_F(Servers, AskACallableWhoMayJoin) {
  server().authorize_join("events:*", [](const Question& question, const Answer& answer) {
    answer(question.topic == lobby ? Decision::allow(R"({"hello":true})")
                                   : Decision::deny("members only"));
  });
  server().start();
  WsClient guest = client();
  EXPECT_EQ(guest.join(lobby), answered(lobby, "ok", R"({"hello":true})", "1"));
  EXPECT_EQ(guest.join("events:club"), refused("events:club", "members only"));
  EXPECT_EQ(guest.join("events:"), refused("events:", "members only"));
}

TEST_F(Servers, LetAHookAnswerFromAThreadOfItsOwn) {
  Arrivals<Answer> questions;
  server().authorize_join("*",
                          [&](const Question&, const Answer& answer) { questions.put(answer); });
  server().start();
  WsClient guest = client();
  guest.push(lobby, "phx_join", "{}", "1");
  std::thread([&] { questions.take()(Decision::allow()); }).join();
  EXPECT_EQ(guest.read_text(), joined(lobby));
  server_.reset();
}

TEST_F(Servers, AskAHookThatBlocksWithoutHoldingUpTheSocket) {
  Arrivals<int> go_on;
  server().authorize_join_blocking("events:*", [&](const Question& question) {
    go_on.take();
    return question.topic == lobby ? Decision::allow() : Decision::deny();
  });
  server().start();
  WsClient guest = client();
  guest.push(lobby, "phx_join", "{}", "1");
  guest.send(R"([null,5,"phoenix","heartbeat",{}])");
  EXPECT_THAT(guest.read_text(), StartsWith(R"([null,5,"phoenix")"));
  go_on.put(1);
  EXPECT_EQ(guest.read_text(), joined(lobby));
  go_on.put(1);
  EXPECT_EQ(guest.join("events:club"), refused("events:club"));
}

TEST_F(Servers, DenyWhatNoHookAnswersInTime) {
  config_.hook_timeout = 10ms;
  Arrivals<Answer> kept;
  server().authorize_join("*", [&](const Question&, const Answer& answer) { kept.put(answer); });
  server().start();
  WsClient guest = client();
  EXPECT_EQ(guest.join(lobby), refused(lobby, "authorization_timeout"));
  kept.take()(Decision::allow());
}

TEST_F(Servers, DropAnAnswerThatComesWhenTheyAreGone) {
  Arrivals<Answer> kept;
  server().authorize_join("*", [&](const Question&, const Answer& answer) { kept.put(answer); });
  server().start();
  WsClient guest = client();
  for (const char* topic : {"events:a", "events:b"}) guest.push(topic, "phx_join", "{}", "1");
  const Answer answer = kept.take();
  server_.reset();
  answer(Decision::allow());
  // The other is dropped with `kept`, which says no.
}

TEST_F(Servers, KnowAUserByWhatTheConnectHookSays) {
  server().authorize_connect([](const Question& question) {
    const auto user = question.connection->param("user");
    return user ? Decision::allow_user(*user) : Decision::deny();
  });
  server().start();
  WsClient nobody(endpoint());
  nobody.connect();
  nobody.send_raw(WsClient::upgrade_request());
  EXPECT_EQ(nobody.read_status(), 403);

  WsClient ann = client("?vsn=2.0.0&user=ann"), ann_too = client("?vsn=2.0.0&user=ann"),
           bob = client("?vsn=2.0.0&user=bob");
  EXPECT_EQ(ann.join("events:user:ann"), joined("events:user:ann"));
  EXPECT_EQ(ann_too.join("events:user:ann"), joined("events:user:ann"));
  EXPECT_EQ(bob.join("events:user:ann"), refused("events:user:ann"));
  server().broadcast("events:user:ann", "mail", Payload::empty());
  for (WsClient* one : {&ann, &ann_too})
    EXPECT_EQ(one->read_text(), delivered("events:user:ann", "mail", "{}"));
}

TEST_F(Servers, DenyAConnectWhoseHookThrowsAnything) {
  server().authorize_connect([](const Question& question) -> Decision {
    if (question.connection->param("how") == "badly") throw 1;
    throw std::runtime_error("no database");
  });
  server().start();
  for (const char* query : {"?vsn=2.0.0&how=well", "?vsn=2.0.0&how=badly"}) {
    WsClient guest(endpoint());
    guest.connect();
    guest.send_raw(WsClient::upgrade_request(query));
    EXPECT_EQ(guest.read_status(), 403);
  }
}

TEST_F(Servers, TakeOtherRulesAndAHeartbeatWhileTheyRun) {
  config_.join_rules = {{"events:*", true}};
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 2);
  Config fresh = config_;
  fresh.join_rules = {{"events:*", false}};
  fresh.heartbeat_interval = 60ms;
  server().reload(fresh);
  for (WsClient& one : clients) {
    EXPECT_THAT(one.read_text(), StartsWith(R"([null,null,"events:lobby","heartbeat",{"type":)"));
    WsClient late = client();
    EXPECT_EQ(late.join(lobby), refused(lobby));
  }
}

TEST_F(Servers, RefuseToTakeOverAConfigurationThatCannotWork) {
  config_.join_rules = {{"events:*", true}};
  server().start();
  Config fresh = config_;
  fresh.join_rules = {{"", true}};
  server().reload(fresh);
  await_log("reload refused");
  clients_in(lobby, 2);
}

// --- bounds -------------------------------------------------------------------------

TEST_F(Servers, ResetAClientThatDoesNotReadWhileOthersReceiveAll) {
  config_.message_bytes_max = 4096;
  config_.queue_bytes_max = 8192;
  server().start();
  WsClient sleeper(endpoint());
  sleeper.set_receive_buffer(4096);
  sleeper.connect();
  sleeper.send_raw(WsClient::upgrade_request());
  ASSERT_EQ(sleeper.read_status(), 101);
  ASSERT_EQ(sleeper.join(lobby), joined(lobby));
  std::vector<WsClient> clients = clients_in(lobby, 3);
  const std::string padding(3500, 'x');
  int sent = 0;
  // What the kernel takes for a client that does not read is some megabytes.
  for (; server().counters().queue_overflows == 0; ++sent) {
    ASSERT_LT(sent, 20'000);
    const std::string event = R"({"specversion":"1.0","source":"/s","type":"t","id":"1","data":")" +
                              std::to_string(sent) + padding + "\"}";
    clients[0].push(lobby, "cloudevent", event);
    ASSERT_EQ(clients[0].read_text(), answered(lobby, "ok", "{}"));
    for (std::size_t i : {1U, 2U})
      ASSERT_EQ(clients[i].read_text(), delivered(lobby, "cloudevent", event));
  }
  EXPECT_GT(sent, 1);
  EXPECT_EQ(sleeper.read_end(), WsClient::End::reset);
  EXPECT_EQ(server().counters().queue_overflows, 1u);
}

/// Holds up its thread until it is told to go on.
class Dam final : public Channel {
 public:
  struct Gate {
    Arrivals<int> closed, open;
  };
  explicit Dam(Gate& gate) : gate_(gate) {}
  void handle_in(const Push&) override {
    gate_.closed.put(1);
    gate_.open.take();
  }

 private:
  Gate& gate_;
};

TEST_F(Servers, StopReadingFromClientsWhileAnotherThreadIsFarBehind) {
  config_.queue_bytes_max = 256 << 20;
  config_.longpoll_bytes_max = 512 << 20;
  Dam::Gate gate;
  server().channel("dam:*", [&] { return std::make_unique<Dam>(gate); });
  server().start();
  // The first thread has the publisher, the second who receives and who holds up.
  WsClient publisher = client(), receiver = client(), http(endpoint());
  http.connect();
  const auto turn_of_the_first_thread = [&] {
    http.send_raw("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(http.read_status(), 200);
  };
  turn_of_the_first_thread();
  WsClient dam = client();
  for (WsClient* one : {&publisher, &receiver}) ASSERT_EQ(one->join(lobby), joined(lobby));
  ASSERT_EQ(dam.join("dam:a"), joined("dam:a"));
  dam.push("dam:a", "hold");
  gate.closed.take();

  constexpr std::size_t event_bytes = 64 * 1024, events = 512;
  const auto event = [padding = std::string(event_bytes, 'x')](std::size_t number) {
    return R"({"specversion":"1.0","source":"/s","type":"t","id":")" + std::to_string(number) +
           R"(","data":")" + padding + "\"}";
  };
  // What the kernel takes for a server that does not read is some megabytes.
  std::thread sender([&] {
    for (std::size_t i = 0; i < events; ++i) publisher.push(lobby, "cloudevent", event(i), "null");
  });
  std::uint64_t read = 0;
  // What is counted against the bound is more than the padding of the events.
  while (read * event_bytes <= limits::mailbox_bytes_max - (1 << 20)) {
    turn_of_the_first_thread();
    read = server().counters().broadcasts;
  }
  for (int turn = 0; turn < 200; ++turn) turn_of_the_first_thread();
  // One receive may have come beside what makes the other thread's mailbox full.
  EXPECT_LT(server().counters().broadcasts * event_bytes, limits::mailbox_bytes_max + (1 << 20));

  gate.open.put(1);
  for (std::size_t i = 0; i < events; ++i)
    ASSERT_EQ(receiver.read_text(), delivered(lobby, "cloudevent", event(i))) << i;
  sender.join();
}

TEST_F(Servers, CloseASilentConnectionWith1002) {
  config_.socket_timeout = 100ms;
  server().start();
  WsClient silent = client();
  EXPECT_EQ(silent.read_close(), 1002);
}

TEST_F(Servers, CloseWith1009WhereAMessageIsTooBig) {
  config_.message_bytes_max = 1024;
  server().start();
  WsClient guest = client();
  const std::string head = R"([null,1,"phoenix","heartbeat",{"x":")", tail = R"("}])";
  guest.send(head + std::string(1024 - head.size() - tail.size(), 'x') + tail);
  EXPECT_THAT(guest.read_text(), StartsWith("[null,1,"));
  guest.send(head + std::string(1025 - head.size() - tail.size(), 'x') + tail);
  EXPECT_EQ(guest.read_close(), 1009);
}

/// A heartbeat of so many bytes, in one frame.
std::string long_heartbeat(std::size_t bytes) {
  const std::string head = R"([null,1,"phoenix","heartbeat",{"x":")", tail = R"("}])";
  return net::test::client_frame(protocol::Opcode::text,
                                 head + std::string(bytes - head.size() - tail.size(), 'x') + tail);
}

TEST_F(Servers, CloseWith1013WhereAnUnfinishedMessageFindsNoRoomBesideThoseOfOthers) {
  constexpr std::size_t bytes_max = 64 * 1024, own = limits::unfinished_bytes_free;
  config_.threads = 1;
  config_.message_bytes_max = bytes_max;
  config_.unfinished_bytes_max = bytes_max;
  server().start();
  // All but the last byte.
  const auto begin = [](WsClient& client, std::size_t bytes) {
    const std::string whole = long_heartbeat(bytes);
    client.send_raw(std::string_view(whole).substr(0, whole.size() - 1));
  };
  const auto end = [](WsClient& client, std::size_t bytes) {
    client.send_raw(long_heartbeat(bytes).substr(long_heartbeat(bytes).size() - 1));
  };
  WsClient first = client();
  begin(first, bytes_max);
  // Who gets an answer now was read after the others.
  WsClient second = client();
  begin(second, own + own);
  WsClient small = client();
  begin(small, own);
  WsClient third = client();
  // A byte of each of the others has not come yet.
  begin(third, own + 4);
  EXPECT_EQ(third.read_close(), 1013);
  // Those who had room are answered, and leave it to others.
  end(second, own + own);
  end(small, own);
  for (WsClient* one : {&second, &small}) EXPECT_THAT(one->read_text(), StartsWith("[null,1,"));
  WsClient fourth = client();
  begin(fourth, own + own);
  end(first, bytes_max);
  end(fourth, own + own);
  for (WsClient* one : {&first, &fourth}) EXPECT_THAT(one->read_text(), StartsWith("[null,1,"));
}

/// Upgraded, with compression offered.
WsClient compressing_client(const std::string& endpoint) {
  WsClient client(endpoint);
  client.connect();
  std::string request = WsClient::upgrade_request();
  request.insert(request.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  client.send_raw(request);
  EXPECT_EQ(client.read_status(), 101);
  return client;
}

std::string compressed_frame(std::string_view compressed) {
  return net::test::client_frame(protocol::Opcode::text, compressed, {.first_byte = 0xC0});
}

TEST_F(Servers, CloseWith1009WhereAMessageInflatesToTooMuch) {
  config_.compression = true;
  server().start();
  const std::string head = R"([null,1,"phoenix","heartbeat",{"x":")", tail = R"("}])";
  const std::size_t room = config_.message_bytes_max - head.size() - tail.size();
  WsClient guest = compressing_client(endpoint());
  const auto message = [&](std::size_t filling) {
    return compressed_frame(test::deflate_message(head + std::string(filling, 'x') + tail));
  };
  guest.send_raw(message(room));
  EXPECT_THAT(guest.read_text(), StartsWith("[null,1,"));
  guest.send_raw(message(room + 1));
  EXPECT_EQ(guest.read_close(), 1009);

  WsClient bomber = compressing_client(endpoint()), other = compressing_client(endpoint());
  bomber.send_raw(compressed_frame(test::bomb(config_.message_bytes_max)));
  EXPECT_EQ(bomber.read_close(), 1009);
  EXPECT_EQ(other.join(lobby), joined(lobby));
}

TEST_F(Servers, CloseWith1007WhereCompressionIsBroken) {
  config_.compression = true;
  server().start();
  WsClient guest = compressing_client(endpoint());
  guest.send_raw(compressed_frame("\x06"));
  EXPECT_EQ(guest.read_close(), 1007);
}

TEST_F(Servers, CloseWith1002WhereCompressionWasNotAgreedOn) {
  server().start();
  WsClient guest = compressing_client(endpoint());
  guest.send_raw(compressed_frame(test::deflate_message("[]")));
  EXPECT_EQ(guest.read_close(), 1002);
}

TEST_F(Servers, LoseNothingThatComesWithTheUpgrade) {
  server().start();
  WsClient eager(endpoint());
  eager.connect();
  using net::test::client_frame;
  eager.send_raw(WsClient::upgrade_request() +
                 client_frame(protocol::Opcode::text, R"([1,1,"events:lobby","phx_join",{}])") +
                 client_frame(protocol::Opcode::text, R"([1,2,"events:lobby","x",{}])"));
  EXPECT_EQ(eager.read_status(), 101);
  EXPECT_EQ(eager.read_text(), joined(lobby));
  EXPECT_THAT(eager.read_text(), HasSubstr("unknown_event"));
}

/// While it lives this process can open no descriptor more.
class FullTable {
 public:
  explicit FullTable(int highest) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit full = before_;
    full.rlim_cur = static_cast<rlim_t>(highest) + 1;
    setrlimit(RLIMIT_NOFILE, &full);
  }
  ~FullTable() { setrlimit(RLIMIT_NOFILE, &before_); }
  FullTable(const FullTable&) = delete;
  FullTable& operator=(const FullTable&) = delete;

 private:
  rlimit before_{};
};

TEST_F(Servers, SurviveAFullTableOfDescriptors) {
  server().start();
  std::vector<WsClient> early = clients_in(lobby, 2);
  std::vector<WsClient> late;
  for (int i = 0; i < 3; ++i) late.emplace_back(endpoint());
  // The lowest number that is free; those below it are all taken.
  const int free_number = ::dup(0);
  ::close(free_number);
  {
    const FullTable full(free_number - 1);
    for (WsClient& one : late) {
      one.connect();
      one.send_raw(WsClient::upgrade_request());
    }
    await_log("cannot accept connections");
    early[0].push(lobby, "cloudevent", event_number(1));
    EXPECT_EQ(early[0].read_text(), answered(lobby, "ok", "{}"));
    EXPECT_EQ(early[1].read_text(), delivered(lobby, "cloudevent", event_number(1)));
  }
  for (WsClient& one : late) {
    EXPECT_EQ(one.read_status(), 101);
    EXPECT_EQ(one.join(lobby), joined(lobby));
  }
}

}  // namespace
}  // namespace roost
