// What `roost listen` and `roost publish` are made of, without a socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "client/address.hpp"
#include "client/event_stream.hpp"
#include "client/event_text.hpp"
#include "client/new_event.hpp"
#include "client/phoenix_client.hpp"
#include "client/place.hpp"
#include "roost/cloud_event.hpp"

namespace roost::client {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(ClientAddress, IsReadAsPhoenixJsReadsIt) {
  const auto plain = parse_address("ws://127.0.0.1:4000/socket").value();
  EXPECT_EQ(plain.authority(), "127.0.0.1:4000");
  EXPECT_EQ(plain.socket_target({}), "/socket/websocket?vsn=2.0.0");
  EXPECT_EQ(plain.base_path, "");
  const auto tls = parse_address("wss://[::1]/deep/socket/?a=b").value();
  EXPECT_EQ(tls.security, Security::tls);
  EXPECT_EQ(tls.authority(), "[::1]:443");
  EXPECT_EQ(tls.socket_url(), "wss://[::1]:443/deep/socket");
  EXPECT_EQ(tls.socket_target({{"user id", "a&b=\xc3\xa4"}}),
            "/deep/socket/websocket?a=b&user%20id=a%26b%3D%C3%A4&vsn=2.0.0");
  EXPECT_EQ(tls.base_path, "/deep");
  EXPECT_EQ(parse_address("ws://h").value().socket_path, "/socket");
  const auto web = parse_address("https://h/prefix/").value();
  EXPECT_EQ(web.socket_path, "/prefix/socket");
  EXPECT_EQ(web.base_path, "/prefix");
}

TEST(ClientAddress, RefusesWhatNamesNoServer) {
  for (const std::string_view text :
       {"", "h:1", "ftp://h", "ws://", "ws:///socket", "ws://h:0", "ws://h:65536", "ws://h:x",
        "ws://[::1", "ws://[::1]x", "ws://u:p@h", "ws://h/a b", "ws://h/\r\nX: y"})
    EXPECT_TRUE(parse_address(text).has_error()) << text;
}

/// Drives a PhoenixClient: what it sent, and what it told.
class Client : public ::testing::Test {
 protected:
  void SetUp() override {
    make({"events:a", [this] { return join_payload_; }});
  }

  void make(PhoenixClient::Options options) {
    client_ = std::make_unique<PhoenixClient>(std::move(options));
  }

  /// Sorts what came of the last step.
  void look() {
    for (Action& action : client_->take_actions()) {
      if (auto* const send = std::get_if<Send>(&action)) sent_.push_back(std::move(send->text));
      if (std::holds_alternative<Connect>(action)) ++connects_;
      if (std::holds_alternative<Disconnect>(action)) ++disconnects_;
      if (auto* const joined = std::get_if<Joined>(&action)) told_.push_back(joined->response);
      if (auto* const event = std::get_if<Arrived>(&action))
        told_.push_back(event->event + " " + event->payload);
      if (auto* const answer = std::get_if<Answered>(&action)) answers_.push_back(*answer);
      if (auto* const lost = std::get_if<Lost>(&action)) told_.push_back("lost: " + lost->why);
      if (auto* const end = std::get_if<Ended>(&action)) told_.push_back("ended: " + end->why);
    }
  }
  std::vector<std::string> take_sent() {
    look();
    return std::exchange(sent_, {});
  }
  std::vector<std::string> take_told() {
    look();
    return std::exchange(told_, {});
  }
  std::vector<Answered> take_answers() {
    look();
    return std::exchange(answers_, {});
  }

  void receive(const std::string& text) { client_->received(text, now_); }
  void reply(const std::string& ref, const std::string& status, const std::string& response) {
    receive(R"(["1",")" + ref + R"(","events:a","phx_reply",{"status":")" + status +
            R"(","response":)" + response + "}]");
  }
  void open() {
    client_->opened(now_);
    reply("1", "ok", "{}");
  }
  void join() {
    client_->start();
    open();
    take_sent();
    take_told();
  }
  void lose(const Closing& closing = {"cut"}) { client_->closed(closing, now_); }
  /// Time passes until the client wants to be asked.
  void pass() {
    now_ = client_->deadline().value();
    client_->tick(now_);
  }

  Instant now_{1h};
  std::string join_payload_ = "{}";
  std::unique_ptr<PhoenixClient> client_;
  int connects_ = 0, disconnects_ = 0;
  std::vector<std::string> sent_, told_;
  std::vector<Answered> answers_;
};

TEST_F(Client, JoinsWithItsPayloadAndHearsItsTopic) {
  join_payload_ = R"({"event_types":["a.*"]})";
  client_->start();
  client_->opened(now_);
  EXPECT_THAT(take_sent(),
              ElementsAre(R"(["1","1","events:a","phx_join",{"event_types":["a.*"]}])"));
  reply("1", "ok", R"({"x":1})");
  receive(R"([null,null,"events:a","cloudevent",{"id": "1"}])");
  receive(R"([null,null,"events:b","cloudevent",{"id":"2"}])");
  receive(R"(["0",null,"events:a","cloudevent",{"id":"3"}])");
  EXPECT_THAT(take_told(), ElementsAre(R"({"x":1})", R"(cloudevent {"id": "1"})"));
  EXPECT_EQ(connects_, 1);
}

TEST_F(Client, EndsWhereTheFirstAttemptFails) {
  client_->start();
  lose({"refused"});
  EXPECT_THAT(take_told(), ElementsAre("ended: refused"));
  EXPECT_TRUE(client_->has_ended());
}

TEST_F(Client, EndsWithTheReasonOfARefusedJoin) {
  client_->start();
  client_->opened(now_);
  reply("1", "error", R"({"reason":"unauthorized\u001b[31m"})");
  const auto told = take_told();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], HasSubstr("ended: the server refused the join: unauthorized"));
  EXPECT_THAT(told[0], Not(HasSubstr("\x1b")));
  EXPECT_EQ(disconnects_, 1);
}

TEST_F(Client, ComesBackLaterAndLaterOnceItHasJoined) {
  join();
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 7; ++i) {
    lose();
    const Instant lost = now_;
    pass();
    pauses.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now_ - lost));
  }
  EXPECT_THAT(pauses, ElementsAre(100ms, 200ms, 500ms, 1000ms, 2000ms, 5000ms, 5000ms));
  look();
  EXPECT_EQ(connects_, 8);
  open();
  now_ += PhoenixClient::good_time;
  lose();
  EXPECT_EQ(client_->deadline(), now_ + 100ms);
}

TEST_F(Client, GivesUpWhenItsPatienceIsOver) {
  make({"events:a", [] { return "{}"; }, Credentials::fixed, 150ms});
  join();
  lose();
  pass();
  lose();
  EXPECT_FALSE(client_->has_ended());
  pass();
  lose({"gone for good"});
  EXPECT_THAT(take_told(), ElementsAre("lost: cut", "lost: cut", "ended: gone for good"));
}

TEST_F(Client, SendsHeartbeatsAndNoticesThatNobodyAnswers) {
  join();
  pass();
  EXPECT_THAT(take_sent(), ElementsAre(R"([null,"2","phoenix","heartbeat",{}])"));
  receive(R"([null,"2","phoenix","phx_reply",{"status":"ok","response":{}}])");
  pass();
  EXPECT_THAT(take_sent(), ElementsAre(R"([null,"3","phoenix","heartbeat",{}])"));
  pass();
  EXPECT_THAT(take_told(), ElementsAre("lost: the server did not answer a heartbeat"));
}

TEST_F(Client, NoticesThatAJoinIsNotAnswered) {
  client_->start();
  client_->opened(now_);
  pass();
  EXPECT_THAT(take_told(), ElementsAre("ended: the server did not answer the join"));
}

TEST_F(Client, GivesEachPushItsAnswer) {
  join();
  const auto first = client_->push(R"({"id":"1"})", now_);
  const auto second = client_->push(R"({"id":"2"})", now_);
  EXPECT_THAT(take_sent(), ElementsAre(R"(["1","2","events:a","cloudevent",{"id":"1"}])",
                                       R"(["1","3","events:a","cloudevent",{"id":"2"}])"));
  EXPECT_EQ(client_->unanswered_bytes(), 20U);
  reply("2", "ok", R"({"offset":7})");
  reply("3", "error", R"({"reason":"invalid_time"})");
  reply("3", "ok", "{}");
  const auto answers = take_answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].push, first);
  EXPECT_EQ(answers[0].verdict, Answered::Verdict::ok);
  EXPECT_EQ(answers[0].response, R"({"offset":7})");
  EXPECT_EQ(answers[0].payload, R"({"id":"1"})");
  EXPECT_EQ(answers[1].push, second);
  EXPECT_EQ(answers[1].verdict, Answered::Verdict::refused);
  EXPECT_EQ(client_->unanswered(), 0U);
  EXPECT_EQ(client_->unanswered_bytes(), 0U);
}

TEST_F(Client, SendsWhatHadNoAnswerAgainAsItWas) {
  join();
  client_->push(R"({"id":"1"})", now_);
  client_->push(R"({"id":"2"})", now_);
  reply("2", "ok", "{}");
  lose();
  client_->push(R"({"id":"3"})", now_);
  pass();
  take_sent();
  open();
  EXPECT_THAT(take_sent(), ElementsAre(R"(["1","1","events:a","phx_join",{}])",
                                       R"(["1","2","events:a","cloudevent",{"id":"2"}])",
                                       R"(["1","3","events:a","cloudevent",{"id":"3"}])"));
}

TEST_F(Client, DoesNotSendAPushForEver) {
  join();
  client_->push("{}", now_);
  for (unsigned i = 1; i < PhoenixClient::sends_max; ++i) {
    pass();  // no reply comes
    pass();
    open();
    EXPECT_THAT(take_answers(), IsEmpty());
  }
  pass();
  pass();
  open();
  const auto answers = take_answers();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].verdict, Answered::Verdict::unanswered);
}

TEST_F(Client, GivesUpTheLargestPushWhereTheServerSaysTooLarge) {
  join();
  client_->push("{}", now_);
  const auto large = client_->push(R"({"id":"large"})", now_);
  lose({"too large", Closing::too_large});
  const auto answers = take_answers();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].push, large);
  EXPECT_EQ(answers[0].verdict, Answered::Verdict::too_large);
  EXPECT_EQ(client_->unanswered(), 1U);
}

TEST_F(Client, EndsWithItsTokenUnlessAnotherMayBeFresh) {
  join();
  lose({"expired", Closing::token_expired});
  EXPECT_THAT(take_told(), ElementsAre("ended: expired"));
  make({"events:a", [] { return "{}"; }, Credentials::fresh});
  join();
  lose({"expired", Closing::token_expired});
  EXPECT_THAT(take_told(), ElementsAre("lost: expired"));
}

TEST_F(Client, ComesBackToAChannelThatCrashedAndNotToOneThatClosed) {
  join();
  receive(R"(["1","1","events:a","phx_error",{"reason":"crash"}])");
  EXPECT_THAT(take_told(), ElementsAre("lost: the topic's channel ended: crash"));
  EXPECT_EQ(disconnects_, 1);
  pass();
  open();
  take_told();
  receive(R"(["1","1","events:a","phx_close",{}])");
  EXPECT_THAT(take_told(), ElementsAre("ended: the server closed the topic"));
}

TEST_F(Client, EndsWhereTheServerSpeaksSomethingElse) {
  for (const std::string text : {"", "hello", "{}", "[]", R"(["1","1","a","b"])", "[[[[[["}) {
    make({"events:a", [] { return "{}"; }});
    client_->start();
    client_->opened(now_);
    receive(text);
    EXPECT_TRUE(client_->has_ended()) << text;
  }
}

TEST(ClientPlace, AsksForTypesAndTheFirstPlace) {
  Place place({{"a.*", "b\""}, Offsets::shown, read_recover("last-50").value()});
  EXPECT_EQ(place.join_payload(),
            R"({"event_types":["a.*","b\""],"offsets":true,"recover":"last-50"})");
  EXPECT_EQ(read_recover("e:1:12").value(), R"({"epoch":"e:1","offset":12})");
  for (const std::string_view text : {"", "last-", "last-x", "e", "e:", ":1", "e:-1", "e:x"})
    EXPECT_TRUE(read_recover(text).has_error()) << text;
}

TEST(ClientPlace, IsWhereTheTopicStoodUntilAnEventIsSeen) {
  Place place({});
  EXPECT_EQ(place.join_payload(), "{}");
  EXPECT_TRUE(place.joined(R"({"epoch":"e","offset":7,"recovered":false})").keeps_history);
  EXPECT_EQ(place.join_payload(), R"({"recover":{"epoch":"e","offset":7}})");
  place.saw(R"({"source":"/s","id":"\u0031","type":"t"})");
  EXPECT_EQ(place.join_payload(), R"({"recover":{"source":"/s","id":"1"}})");
}

TEST(ClientPlace, StaysBehindWhatIsStillToCome) {
  Place place({{}, Offsets::hidden, read_recover("e:3").value()});
  const auto report = place.joined(R"({"epoch":"e","offset":7,"recovered":true,"events":4})");
  EXPECT_EQ(report.events_missed, "4");
  EXPECT_EQ(place.join_payload(), R"({"recover":{"epoch":"e","offset":3}})");
  place.joined(R"({"epoch":"e","offset":7,"recovered":true,"events":0})");
  EXPECT_EQ(place.join_payload(), R"({"recover":{"epoch":"e","offset":7}})");
}

TEST(ClientPlace, TellsOfAGapAndForgetsWhereNothingIsKept) {
  Place place({{}, Offsets::hidden, read_recover("old:3").value()});
  const auto gap =
      place.joined(R"({"epoch":"new","offset":1,"recovered":false,"reason":"unknown_epoch"})");
  EXPECT_EQ(gap.reason_of_gap, "unknown_epoch");
  EXPECT_EQ(place.join_payload(), R"({"recover":{"epoch":"new","offset":1}})");
  EXPECT_EQ(place.joined(R"({"recovered":false,"reason":"no_history"})").reason_of_gap,
            "no_history");
  place.saw(R"({"source":"/s","id":"1"})");
  EXPECT_EQ(place.join_payload(), "{}");
  EXPECT_EQ(place.joined("{}").reason_of_gap, "");
}

/// As `line:bytes`.
std::vector<std::string> texts(const std::vector<InputEvent>& events) {
  std::vector<std::string> out;
  for (const InputEvent& event : events)
    out.push_back(std::to_string(event.line) + ":" + event.bytes);
  return out;
}

TEST(ClientEventStream, GivesLinesAsTheyComeHoweverTheyAreCut) {
  const std::string text = "\n{\"a\":1}\r\n\n  \n{broken\n{\"b\":2}";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    EventStream stream;
    std::vector<InputEvent> events;
    for (std::size_t at = 0; at < text.size(); at += size)
      for (InputEvent& event : stream.feed(text.substr(at, size)))
        events.push_back(std::move(event));
    EXPECT_EQ(events.size(), 2U);
    for (InputEvent& event : stream.finish()) events.push_back(std::move(event));
    EXPECT_THAT(texts(events), ElementsAre("2:{\"a\":1}", "5:{broken", "6:{\"b\":2}"));
  }
}

TEST(ClientEventStream, WaitsForTheEndOfWhatIsNoLines) {
  EventStream stream;
  EXPECT_THAT(stream.feed("\n[{\"a\":1},\n"), IsEmpty());
  EXPECT_THAT(stream.feed("{\"b\":2}]\n"), IsEmpty());
  EXPECT_THAT(texts(stream.finish()), ElementsAre("2:{\"a\":1}", "3:{\"b\":2}"));
  stream.feed("{\n\"a\":1\n}\n");
  EXPECT_THAT(texts(stream.finish()), ElementsAre("1:{\n\"a\":1\n}\n"));
  stream.feed(" \n ");
  EXPECT_THAT(stream.finish(), IsEmpty());
}

TEST(ClientNewEvent, IsACloudEvent) {
  NewEvent event;
  event.id = "a\"b";
  event.source = "/s";
  event.type = "t";
  event.subject = "x";
  event.time = "2026-01-02T03:04:05Z";
  event.extensions = {{"number", "-12"}, {"yes", "true"}, {"word", "007"}, {"empty", ""}};
  event.kind = NewEvent::Data::bytes;
  event.data = std::string("\0\xff", 2);
  EXPECT_EQ(event.to_json(),
            R"({"specversion":"1.0","id":"a\"b","source":"/s","type":"t","subject":"x",)"
            R"("time":"2026-01-02T03:04:05Z","number":-12,"yes":true,"word":"007","empty":"",)"
            R"("data_base64":"AP8="})");
  EXPECT_TRUE(std::holds_alternative<AcceptedEvent>(validate_cloud_event(event.to_json())));
  EXPECT_EQ(uuid_of(std::string(16, '\xff')), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(ClientEventText, IsOneLineWithNothingThatATerminalObeys) {
  const std::string event =
      "{\"specversion\":\"1.0\",\n\"id\":\"1\\u001b[2J\",\"source\":\"/s\",\"type\":\"t\",\r\n"
      "\"data\":{\"a\":\"\\u009b\xc2\x9b\"},\"subject\":null}";
  EXPECT_EQ(to_line("{\n\"a\":1}"), "{ \"a\":1}");
  const std::string text = to_text(event, "12:00:00", Colours::none);
  EXPECT_THAT(text, HasSubstr("12:00:00 t /s id="));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(text, Not(HasSubstr("subject")));
  EXPECT_THAT(to_text(event, "12:00:00", Colours::ansi), HasSubstr("\033[1;36mt\033[0m"));
}

}  // namespace
}  // namespace roost::client
