// Who may publish on an event topic: the rights of a member, and authorize_publish.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <memory>
#include <string>
#include <vector>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view denied = R"({"reason":"unauthorized"})";

std::string event(std::string_view id, std::string_view type = "t", std::string_view data = "") {
  return fmt::format(R"({{"specversion":"1.0","source":"/s","type":"{}","id":"{}","data":"{}"}})",
                     type, id, data);
}

class Publishes : public testing::Test {
 protected:
  Publishes() { world_.serve_events(); }

  static ShardSettings settings(const std::shared_ptr<Gate>& gate) {
    ShardSettings settings;
    settings.publish_authorizer = gate;
    return settings;
  }
  static void says(Client& client, std::string_view payload, std::string_view ref = "9") {
    client.says(lobby, "cloudevent", payload, ref);
  }
  /// What a push counts while it waits.
  static std::size_t cost(std::string_view name, std::string_view payload) {
    return limits::waiting_overhead_bytes + name.size() + payload.size() + 1;
  }
  static std::vector<std::string> accepted(std::string_view ref) {
    return {reply(lobby, Status::ok, "{}", ref)};
  }

  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  World world_{1, settings(gate_)};
};

TEST_F(Publishes, AreAskedAboutWithWhoAndWhat) {
  Client ann(world_);
  ann.enters(lobby);
  std::vector<std::string> asked;
  gate_->decides = [&](const Question& question, const MakeAnswer&) {
    EXPECT_EQ(question.kind, Question::Kind::publish);
    EXPECT_EQ(question.socket, ann.socket().id());
    EXPECT_EQ(question.connection->peer, "192.0.2.1:5000");
    asked = {std::string(question.topic), std::string(question.event), std::string(question.type),
             std::string(question.payload.bytes)};
    return Decision::allow();
  };
  says(ann, event("1"));
  EXPECT_EQ(ann.hears(), accepted("9"));
  EXPECT_THAT(asked, ElementsAre(lobby, "cloudevent", "t", event("1")));
}

TEST_F(Publishes, ThatAreDeniedReachNobody) {
  Client ann(world_), bob(world_);
  ann.enters(lobby);
  bob.enters(lobby);
  gate_->decides = [](const Question&, const MakeAnswer&) {
    return Decision::deny("unauthorized", "r.toml:7");
  };
  says(ann, event("1"));
  EXPECT_THAT(ann.hears(),
              ElementsAre(reply(lobby, Status::error, denied), pushed(lobby, "error", denied)));
  EXPECT_THAT(bob.hears(), IsEmpty());
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("r.toml:7")));
}

TEST_F(Publishes, AreNotAskedAboutWhereTheEventIsNone) {
  Client ann(world_);
  ann.enters(lobby);
  gate_->decides = [](const Question&, const MakeAnswer&) -> std::optional<Decision> {
    ADD_FAILURE() << "asked";
    return Decision::allow();
  };
  says(ann, "{}");
  EXPECT_THAT(ann.hears(), Contains(HasSubstr("missing_required_fields")));
}

TEST_F(Publishes, KeepTheirOrderWhileOneWaits) {
  Client ann(world_), bob(world_);
  ann.enters(lobby);
  bob.enters(lobby);
  gate_->decide_later();
  says(ann, event("1"), "11");
  ann.says(lobby, "ping", "{}", "12");
  says(ann, event("2"), "13");
  ann.says(lobby, "nonsense", "{}", "14");
  EXPECT_THAT(ann.hears(), IsEmpty());
  ASSERT_EQ(gate_->answers.size(), 1U);

  gate_->answers[0](Decision::allow());
  EXPECT_THAT(ann.hears(),
              ElementsAre(reply(lobby, Status::ok, "{}", "11"), HasSubstr("\"pong\"")));
  EXPECT_THAT(bob.hears(), ElementsAre(cast(lobby, "cloudevent", event("1"))));
  ASSERT_EQ(gate_->answers.size(), 2U);

  gate_->answers[1](Decision::deny());
  EXPECT_THAT(ann.hears(), ElementsAre(reply(lobby, Status::error, denied, "13"),
                                       pushed(lobby, "error", denied), HasSubstr("unknown_event")));
  EXPECT_THAT(bob.hears(), IsEmpty());

  says(ann, event("3"), "15");
  gate_->answers[2](Decision::allow());
  EXPECT_EQ(ann.hears(), accepted("15"));
}

TEST_F(Publishes, OfOthersDoNotWait) {
  Client ann(world_), bob(world_);
  ann.enters(lobby);
  bob.enters(lobby);
  gate_->decides = [this](const Question& question,
                          const MakeAnswer& make) -> std::optional<Decision> {
    if (question.type != "slow") return Decision::allow();
    gate_->answers.push_back(make());
    return std::nullopt;
  };
  says(ann, event("1", "slow"));
  says(bob, event("2"));
  EXPECT_EQ(bob.hears(), accepted("9"));
  EXPECT_THAT(ann.hears(), ElementsAre(cast(lobby, "cloudevent", event("2"))));
}

TEST_F(Publishes, AreDeniedWhereNobodyAnswersInTime) {
  Client ann(world_);
  ann.enters(lobby);
  gate_->decide_later();
  says(ann, event("1"), "11");
  world_.pass(milliseconds(2000));
  const std::string late = R"({"reason":"authorization_timeout"})";
  EXPECT_THAT(ann.hears(),
              ElementsAre(reply(lobby, Status::error, late, "11"), pushed(lobby, "error", late)));
  EXPECT_FALSE(gate_->answers[0].is_wanted());

  // The late answer is none to the next question.
  says(ann, event("2"), "12");
  gate_->answers[0](Decision::allow());
  EXPECT_THAT(ann.hears(), IsEmpty());
  gate_->answers[1](Decision::allow());
  EXPECT_EQ(ann.hears(), accepted("12"));
}

TEST_F(Publishes, AreDeniedWhereAHookDropsItsAnswer) {
  Client ann(world_);
  ann.enters(lobby);
  gate_->decide_later();
  says(ann, event("1"));
  gate_->answers.clear();
  EXPECT_THAT(ann.hears(), Contains(reply(lobby, Status::error, denied)));
}

TEST_F(Publishes, AreForgottenWhenTheirMemberLeaves) {
  Client ann(world_), bob(world_);
  ann.enters(lobby);
  bob.enters(lobby);
  gate_->decide_later();
  says(ann, event("1"));
  ann.says(lobby, "phx_leave", "{}", "12");
  EXPECT_THAT(ann.hears(), ElementsAre(reply(lobby, Status::ok, "{}", "12"), closed(lobby)));
  EXPECT_FALSE(gate_->answers[0].is_wanted());
  gate_->answers[0](Decision::allow());
  EXPECT_THAT(bob.hears(), IsEmpty());
}

TEST_F(Publishes, AreForgottenWhenTheirSocketGoes) {
  Client bob(world_);
  bob.enters(lobby);
  {
    Client ann(world_);
    ann.enters(lobby);
    gate_->decide_later();
    says(ann, event("1"));
    ann.says(lobby, "ping", "{}", "12");
  }
  EXPECT_FALSE(gate_->answers[0].is_wanted());
  gate_->answers[0](Decision::allow());
  EXPECT_THAT(bob.hears(), IsEmpty());
}

TEST_F(Publishes, WaitUpToABound) {
  Client ann(world_);
  ann.enters(lobby);
  gate_->decide_later();
  says(ann, event("1"));
  for (std::size_t i = 0; i < limits::waiting_pushes_max; ++i) ann.says(lobby, "ping");
  EXPECT_EQ(ann.closed_with(), std::nullopt);
  ann.says(lobby, "ping");
  EXPECT_EQ(ann.closed_with(), 1008);
}

TEST_F(Publishes, WaitUpToABoundOfBytes) {
  const std::string ping = fmt::format(R"({{"a":"{}"}})", std::string(400, 'x'));
  ShardSettings small = settings(gate_);
  small.waiting_bytes_max = cost("cloudevent", event("1")) + cost("ping", ping);
  World world(1, small);
  world.serve_events();
  Client ann(world);
  ann.enters(lobby);
  gate_->decide_later();
  says(ann, event("1"));
  ann.says(lobby, "ping", ping);
  EXPECT_EQ(ann.closed_with(), std::nullopt);
  ann.says(lobby, "ping", "{}");
  EXPECT_EQ(ann.closed_with(), 1008);
}

TEST_F(Publishes, OfAllTopicsOfASocketWaitUpToOneBoundOfBytes) {
  constexpr std::string_view other = "events:other";
  ShardSettings small = settings(gate_);
  small.waiting_bytes_max = 2 * cost("cloudevent", event("1")) + cost("ping", "{}");
  World world(1, small);
  world.serve_events();
  Client ann(world);
  ann.enters(lobby);
  ann.enters(other);
  gate_->decide_later();
  says(ann, event("1"));
  ann.says(other, "cloudevent", event("1"));
  ann.says(other, "ping");
  EXPECT_EQ(ann.closed_with(), std::nullopt);

  // What is decided, and whose member leaves, makes room.
  gate_->answers.at(1)(Decision::allow());
  EXPECT_EQ(ann.hears().size(), 2U);
  ann.says(other, "cloudevent", event("2"));
  ann.says(lobby, "ping");
  ann.says(lobby, "phx_leave");
  ann.joins(lobby);
  says(ann, event("3"));
  ann.says(lobby, "ping");
  EXPECT_EQ(ann.closed_with(), std::nullopt);
  ann.says(other, "ping");
  EXPECT_EQ(ann.closed_with(), 1008);
}

TEST_F(Publishes, ThatAreAskedAboutCountForTheirSocket) {
  constexpr std::string_view other = "events:other";
  ShardSettings small = settings(gate_);
  small.waiting_bytes_max = 2 * cost("cloudevent", event("1")) - 1;
  World world(1, small);
  world.serve_events();
  Client ann(world);
  ann.enters(lobby);
  ann.enters(other);
  gate_->decide_later();
  says(ann, event("1"));
  EXPECT_EQ(ann.closed_with(), std::nullopt);
  ann.says(other, "cloudevent", event("1"));
  EXPECT_EQ(ann.closed_with(), 1008);
  for (const Answer& answer : gate_->answers) answer(Decision::allow());
  world.settle();
}

class MemberRightsTest : public testing::Test {
 protected:
  MemberRightsTest() { world_.serve_events(); }
  void grant(const MemberRights& rights) {
    world_.gate->decides = [rights](const Question&, const MakeAnswer&) {
      Decision decision = Decision::allow();
      decision.rights = rights;
      return decision;
    };
  }
  void grant_all() { world_.gate->decides = {}; }
  static std::string publish(Client& client, std::string_view payload) {
    client.says(lobby, "cloudevent", payload);
    return client.hears().at(0);
  }

  const std::string yes_ = reply(lobby, Status::ok);
  const std::string no_type_ = reply(lobby, Status::error, R"({"reason":"type_not_allowed"})");
  static std::string too_fast(std::string_view limit, int retry_after_ms) {
    return reply(lobby, Status::error,
                 R"({"reason":"rate_limited","limit":")" + std::string(limit) +
                     R"(","retry_after_ms":)" + std::to_string(retry_after_ms) + "}");
  }
  World world_;
};

TEST_F(MemberRightsTest, NameTheTypesThatItPublishes) {
  MemberRights rights;
  rights.publish_types = {"chat.*", "ping"};
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  EXPECT_EQ(publish(ann, event("1", "chat.said")), yes_);
  EXPECT_EQ(publish(ann, event("2", "ping")), yes_);
  EXPECT_EQ(publish(ann, event("3", "order.paid")), no_type_);
}

TEST_F(MemberRightsTest, OfNoTypesPublishNothing) {
  MemberRights rights;
  rights.publish_types.emplace();
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  EXPECT_EQ(publish(ann, event("1")), no_type_);
}

TEST_F(MemberRightsTest, NameTheTypesThatItReceives) {
  MemberRights rights;
  rights.receive_types = {"chat.*"};
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  grant_all();
  Client bob(world_);
  bob.enters(lobby);
  publish(bob, event("1", "chat.said"));
  publish(bob, event("2", "order.paid"));
  EXPECT_THAT(ann.hears(), ElementsAre(cast(lobby, "cloudevent", event("1", "chat.said"))));

  // A subscription narrows it further, and widens nothing.
  ann.says(lobby, "subscribe", R"({"event_types":["order.*"]})");
  ann.hears();
  publish(bob, event("3", "chat.said"));
  publish(bob, event("4", "order.paid"));
  EXPECT_THAT(ann.hears(), IsEmpty());
}

TEST_F(MemberRightsTest, OfNoTypesReceiveNothingTyped) {
  MemberRights rights;
  rights.receive_types.emplace();
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  grant_all();
  Client bob(world_);
  bob.enters(lobby);
  publish(bob, event("1"));
  EXPECT_THAT(ann.hears(), IsEmpty());
  world_.shard().hub().deliver({lobby, "heartbeat", Payload::empty()});
  EXPECT_THAT(ann.hears(), ElementsAre(cast(lobby, "heartbeat")));
}

TEST_F(MemberRightsTest, AreForgottenWithTheirMember) {
  MemberRights rights;
  rights.receive_types = {"chat.*"};
  grant(rights);
  Client bob(world_);
  {
    Client ann(world_);
    ann.enters(lobby);
    grant_all();
    bob.enters(lobby);
  }
  Client eve(world_);
  eve.enters(lobby);
  publish(bob, event("1", "order.paid"));
  EXPECT_THAT(eve.hears(), ElementsAre(cast(lobby, "cloudevent", event("1", "order.paid"))));
}

TEST_F(MemberRightsTest, BoundTheEventsOfASecond) {
  MemberRights rights;
  rights.events_per_second = 2;
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  EXPECT_EQ(publish(ann, event("1")), yes_);
  EXPECT_EQ(publish(ann, event("2")), yes_);
  EXPECT_EQ(publish(ann, event("3")), too_fast("events_per_second", 500));
  world_.pass(milliseconds(499));
  EXPECT_EQ(publish(ann, event("4")), too_fast("events_per_second", 1));
  world_.pass(milliseconds(1));
  EXPECT_EQ(publish(ann, event("5")), yes_);
  EXPECT_EQ(publish(ann, event("6")), too_fast("events_per_second", 500));
  world_.pass(milliseconds(60'000));
  EXPECT_EQ(publish(ann, event("7")), yes_);
  EXPECT_EQ(publish(ann, event("8")), yes_);
  EXPECT_EQ(publish(ann, event("9")), too_fast("events_per_second", 500));
}

TEST_F(MemberRightsTest, BoundTheBytesOfASecond) {
  MemberRights rights;
  const auto size = static_cast<std::uint32_t>(event("1").size());
  rights.bytes_per_second = 2 * size;
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  EXPECT_EQ(publish(ann, event("1")), yes_);
  EXPECT_EQ(publish(ann, event("2")), yes_);
  EXPECT_EQ(publish(ann, event("3")), too_fast("bytes_per_second", 500));
  world_.pass(milliseconds(500));
  EXPECT_EQ(publish(ann, event("4")), yes_);
}

TEST_F(MemberRightsTest, LetAnEventOverTheBytesOfASecondPassWithAFullBudget) {
  MemberRights rights;
  const std::string large = event("1", "t", std::string(1000, 'x'));
  rights.bytes_per_second = static_cast<std::uint32_t>(large.size() / 4);
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  EXPECT_EQ(publish(ann, large), yes_);
  world_.pass(milliseconds(3900));
  EXPECT_THAT(publish(ann, large), HasSubstr("rate_limited"));
  world_.pass(milliseconds(200));
  EXPECT_EQ(publish(ann, large), yes_);
}

TEST_F(MemberRightsTest, DoNotCountWhatIsNoEvent) {
  MemberRights rights;
  rights.events_per_second = 1;
  grant(rights);
  Client ann(world_);
  ann.enters(lobby);
  publish(ann, "{}");
  ann.says(lobby, "ping");
  ann.hears();
  EXPECT_EQ(publish(ann, event("1")), yes_);
}

}  // namespace
}  // namespace roost::channel
