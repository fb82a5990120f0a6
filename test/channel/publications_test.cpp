// Events from publishers that are no members of their topic.
#include "channel/publications.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "channel/bulletin.hpp"
#include "channel/world.hpp"
#include "event/cloud_event.hpp"
#include "event/data_schemas.hpp"

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using AnswerKind = PublicationAnswer::Kind;

std::string tick(int id, std::string_view type = "t") {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s","type":"{}"}})", id, type);
}

HttpEvents one_event(const std::string& text) {
  const EventHeader header{"content-type", "application/cloudevents+json"};
  return *read_events({&header, 1}, text);
}

HttpEvents batch_of(const std::vector<std::string>& texts) {
  const EventHeader header{"content-type", "application/cloudevents-batch+json"};
  return *read_events({&header, 1}, fmt::format("[{}]", fmt::join(texts, ",")));
}

/// What a publication was answered.
struct AnswerTold {
  std::optional<PublicationAnswer> answer;
  AnswerKind kind() const { return answer.value().kind; }
  const std::string& body() const { return answer.value().body; }
};

class Publishers : public testing::Test {
 protected:
  explicit Publishers(unsigned shards = 1, ShardSettings settings = {})
      : may_publish_(std::make_shared<Gate>()), world_(shards, with_gate(std::move(settings))) {
    world_.serve_events();
  }

  ShardSettings with_gate(ShardSettings settings) const {
    settings.publish_authorizer = may_publish_;
    settings.refusal_delay = 0ms;
    return settings;
  }

  static std::shared_ptr<ConnectionInfo> known_as(std::string user) {
    auto info = std::make_shared<ConnectionInfo>();
    info->peer = "192.0.2.7:80";
    info->user = std::move(user);
    return info;
  }

  std::shared_ptr<AnswerTold> publish(HttpEvents events, std::string topic = lobby,
                                      std::shared_ptr<const ConnectionInfo> who = known_as("")) {
    auto told = std::make_shared<AnswerTold>();
    Shard& home = world_.shard(world_.shard().hub().home_of(topic));
    home.publications().begin({std::move(topic), std::move(events), std::move(who)},
                              [told](PublicationAnswer answer) {
                                EXPECT_FALSE(told->answer) << "answered twice";
                                told->answer = std::move(answer);
                              });
    return told;
  }

  std::shared_ptr<Gate> may_publish_;
  World world_;
};

TEST_F(Publishers, ReachEveryMemberWithTheBytesThatTheySent) {
  Client ann(world_), bob(world_);
  ann.enters(lobby);
  bob.enters(lobby);
  const std::string event = R"({ "type":"t","id":"1" , "source":"/s","specversion":"1.0"})";
  const auto told = publish(one_event(event));
  EXPECT_EQ(told->kind(), AnswerKind::accepted);
  EXPECT_EQ(told->body(), R"({"accepted":1})");
  for (Client* one : {&ann, &bob})
    EXPECT_THAT(one->hears(), ElementsAre(cast(lobby, "cloudevent", event)));
  EXPECT_EQ(world_.shard().publications().size(), 0u);
}

TEST_F(Publishers, NeedNobodyToBeThere) {
  EXPECT_EQ(publish(one_event(tick(1)))->body(), R"({"accepted":1})");
  EXPECT_EQ(publish(batch_of({}))->body(), R"({"accepted":0})");
}

TEST_F(Publishers, AreFilteredByTypeLikeMembers) {
  Client ann(world_);
  ann.enters(lobby, R"({"event_types":["a*"]})");
  publish(batch_of({tick(1, "b"), tick(2, "ab")}));
  EXPECT_THAT(ann.hears(), ElementsAre(cast(lobby, "cloudevent", tick(2, "ab"))));
}

TEST_F(Publishers, DeliverNothingOfABatchWithOneBadEvent) {
  Client ann(world_);
  ann.enters(lobby);
  const auto told = publish(batch_of({tick(1), "{}", tick(3), "[]"}));
  EXPECT_EQ(told->kind(), AnswerKind::rejected);
  EXPECT_EQ(
      told->body(),
      R"({"reason":"missing_required_fields","message":"Missing required fields: specversion, )"
      R"(id, source, type","errors":[{"path":"","message":"Missing required fields: )"
      R"(specversion, id, source, type","index":1,"reason":"missing_required_fields"},)" +
          fmt::format(R"({{"path":"","message":"{}","index":3,)",
                      rejection_message(Rejection::invalid_cloudevent_format)) +
          R"("reason":"invalid_cloudevent_format"}]})");
  EXPECT_THAT(ann.hears(), IsEmpty());
}

TEST_F(Publishers, AreToldEachFaultOfABatchWithItsPathAndItsEvent) {
  const auto faults = [](std::string_view body) {
    const auto report = json::parse(body).value();
    std::vector<std::string> all;
    for (const auto& error : report["errors"].GetArray())
      all.push_back(fmt::format("{} {} {} {}", error["index"].GetUint(), error["id"].GetString(),
                                error["reason"].GetString(), error["path"].GetString()));
    return all;
  };
  const std::string bad = R"({"specversion":"1.0","id":"2","source":"","type":7})";
  const std::string worse = R"({"specversion":"1.0","id":"3","source":"/s","type":""})";
  const auto told = publish(batch_of({tick(1), bad, worse}));
  EXPECT_THAT(faults(told->body()),
              ElementsAre("1 2 invalid_source /source", "1 2 invalid_source /type",
                          "2 3 invalid_type /type"));
  // As of a single event.
  const std::string alone = publish(one_event(bad))->body();
  const std::string start = alone.substr(0, alone.find("\"errors\":"));
  EXPECT_THAT(start, StartsWith(R"({"reason":"invalid_source","message":")"));
  EXPECT_THAT(told->body(), AllOf(StartsWith(start), EndsWith(R"(],"id":"2"})")));
}

TEST_F(Publishers, AreToldThatMoreOfABatchIsBadThanWasNamed) {
  const auto refused = [this](std::size_t count) {
    std::vector<std::string> events(count, "{}");
    events.push_back(tick(1));
    const auto told = publish(batch_of(events));
    EXPECT_EQ(told->kind(), AnswerKind::rejected);
    return told->body();
  };
  const std::string last = fmt::format(R"("index":{},)", limits::batch_rejected_max - 1);
  const std::string next = fmt::format(R"("index":{},)", limits::batch_rejected_max);
  EXPECT_THAT(refused(limits::batch_rejected_max), AllOf(HasSubstr(last), EndsWith("}]}")));
  EXPECT_THAT(refused(limits::batch_rejected_max + 1),
              AllOf(HasSubstr(last), Not(HasSubstr(next)), EndsWith(R"(}],"more":true})")));
}

TEST_F(Publishers, AreToldWhatMembersAreTold) {
  EXPECT_EQ(publish(one_event("{}"))->body(),
            std::get<RejectedEvent>(validate_cloud_event("{}")).to_json());
}

TEST_F(Publishers, FindNoChannelWhereTopicsTakeNoEvents) {
  Script script;
  world_.serve("room:*", script);
  EXPECT_EQ(publish(one_event(tick(1)), "room:a")->body(), R"({"reason":"unmatched topic"})");
  EXPECT_EQ(publish(one_event(tick(1)), "nowhere")->kind(), AnswerKind::no_channel);
  const std::string longest = "events:" + std::string(limits::topic_bytes_max - 7, 'x');
  EXPECT_EQ(publish(one_event(tick(1)), longest)->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(one_event(tick(1)), longest + "x")->body(), R"({"reason":"invalid_topic"})");
  EXPECT_EQ(publish(one_event(tick(1)), "events:")->kind(), AnswerKind::no_channel);
}

TEST_F(Publishers, AreAskedAboutAsIfTheyJoinedAndPublished) {
  std::vector<std::string> asked;
  const auto note = [&](const Question& question, const MakeAnswer&) {
    EXPECT_EQ(question.socket, SocketId{});
    EXPECT_EQ(question.connection->user, "ann");
    asked.push_back(fmt::format("{} {} {} {}", question.topic, question.event, question.type,
                                question.payload.bytes));
    return Decision::allow();
  };
  world_.gate->decides = may_publish_->decides = note;
  publish(batch_of({tick(1, "a"), tick(2, "b")}), lobby, known_as("ann"));
  EXPECT_THAT(asked, ElementsAre("events:lobby   {}", "events:lobby cloudevent a " + tick(1, "a"),
                                 "events:lobby cloudevent b " + tick(2, "b")));
}

TEST_F(Publishers, AreNotAskedAboutWhereTheyHoldAKey) {
  world_.gate->decides =
      may_publish_->decides = [](const Question&, const MakeAnswer&) { return Decision::deny(); };
  EXPECT_EQ(publish(one_event(tick(1)), lobby, nullptr)->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(one_event("{}"), lobby, nullptr)->kind(), AnswerKind::rejected);
}

TEST_F(Publishers, DeliverNothingWhereTheyMayNotJoinOrPublish) {
  Client ann(world_);
  ann.enters(lobby);
  may_publish_->decides = [](const Question& question, const MakeAnswer&) {
    return question.type == "secret" ? Decision::deny("not that", "r.toml:9") : Decision::allow();
  };
  const auto batch = publish(batch_of({tick(1), tick(2, "secret")}));
  EXPECT_EQ(batch->kind(), AnswerKind::denied);
  EXPECT_EQ(batch->body(), R"({"reason":"not that","index":1})");
  EXPECT_EQ(publish(one_event(tick(2, "secret")))->body(), R"({"reason":"not that"})");
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("r.toml:9")));

  world_.gate->decides = [](const Question&, const MakeAnswer&) { return Decision::deny("no"); };
  EXPECT_EQ(publish(one_event("{}"))->body(), R"({"reason":"no"})");
  EXPECT_THAT(ann.hears(), IsEmpty());
}

TEST_F(Publishers, WaitForTheirDecisions) {
  Client ann(world_);
  ann.enters(lobby);
  world_.gate->decide_later();
  may_publish_->decide_later();
  const auto told = publish(batch_of({tick(1), tick(2)}));
  ASSERT_EQ(world_.gate->answers.size(), 1u);
  EXPECT_TRUE(world_.gate->answers[0].is_wanted());
  world_.gate->answers[0](Decision::allow());
  world_.settle();
  may_publish_->answers.at(0)(Decision::allow());
  world_.settle();
  EXPECT_FALSE(told->answer);
  EXPECT_THAT(ann.hears(), IsEmpty());
  may_publish_->answers.at(1)(Decision::allow());
  world_.settle();
  EXPECT_EQ(told->kind(), AnswerKind::accepted);
  EXPECT_THAT(ann.hears(),
              ElementsAre(cast(lobby, "cloudevent", tick(1)), cast(lobby, "cloudevent", tick(2))));
}

TEST_F(Publishers, DoNotWaitForEver) {
  world_.gate->decide_later();
  const auto told = publish(one_event(tick(1)));
  world_.pass(1999ms);
  EXPECT_FALSE(told->answer);
  world_.pass(1ms);
  EXPECT_EQ(told->kind(), AnswerKind::too_late);
  EXPECT_EQ(told->body(), R"({"reason":"authorization_timeout"})");
  EXPECT_FALSE(world_.gate->answers[0].is_wanted());
  world_.gate->answers[0](Decision::allow());
  world_.settle();
  EXPECT_EQ(world_.shard().publications().size(), 0u);
}

TEST_F(Publishers, AreDeniedWhereAHookDropsItsAnswer) {
  world_.gate->decide_later();
  const auto told = publish(one_event(tick(1)));
  world_.gate->answers.clear();
  world_.settle();
  EXPECT_EQ(told->kind(), AnswerKind::denied);
}

TEST_F(Publishers, PublishTheTypesThatTheirJoinAllows) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    Decision decision = Decision::allow();
    decision.rights.publish_types = {{"a.*"}};
    return decision;
  };
  EXPECT_EQ(publish(one_event(tick(1, "a.x")))->kind(), AnswerKind::accepted);
  const auto told = publish(batch_of({tick(1, "a.x"), tick(2, "b")}));
  EXPECT_EQ(told->kind(), AnswerKind::denied);
  EXPECT_EQ(told->body(), R"({"reason":"type_not_allowed","index":1})");
}

TEST_F(Publishers, KeepTheirRatesFromRequestToRequest) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    Decision decision = Decision::allow();
    decision.rights.events_per_second = 3;
    return decision;
  };
  const auto batch = [] { return batch_of({tick(1), tick(2)}); };
  EXPECT_EQ(publish(batch(), lobby, known_as("ann"))->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(batch(), lobby, known_as("ann"))->kind(), AnswerKind::rate_limited);
  // Nothing of it was taken; others, and other topics, have their own.
  EXPECT_EQ(publish(one_event(tick(1)), lobby, known_as("ann"))->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(batch(), lobby, known_as("bob"))->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(batch(), "events:other", known_as("ann"))->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(batch(), lobby)->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(batch(), lobby)->body(),
            R"({"reason":"rate_limited","limit":"events_per_second","retry_after_ms":334})");
  world_.pass(1s);
  EXPECT_EQ(publish(batch(), lobby, known_as("ann"))->kind(), AnswerKind::accepted);
}

TEST_F(Publishers, AreHeldToTheLimitsOfASocketOnAllTopicsTogether) {
  ShardSettings settings = world_.shard().settings();
  settings.usage_limits.events_per_second = 1;
  settings.usage_limits.burst = 3s;
  world_.shard().set_settings(settings);
  EXPECT_EQ(publish(batch_of({tick(1), tick(2)}))->kind(), AnswerKind::accepted);
  EXPECT_EQ(publish(one_event(tick(3)), "events:other")->kind(), AnswerKind::accepted);
  EXPECT_THAT(publish(one_event(tick(4)))->body(),
              StartsWith(R"({"reason":"rate_limited","limit":"limits.events_per_second",)"));
  EXPECT_EQ(publish(one_event(tick(4)), lobby, known_as("ann"))->kind(), AnswerKind::accepted);
  settings.usage_limits.when_met = UsageLimits::When::count_only;
  world_.shard().set_settings(settings);
  EXPECT_EQ(publish(one_event(tick(4)))->kind(), AnswerKind::accepted);
}

TEST_F(Publishers, HaveTheRatesOfTheirIPv6Network) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    Decision decision = Decision::allow();
    decision.rights.events_per_second = 1;
    return decision;
  };
  const auto kind_from = [&](std::string peer) {
    const auto who = known_as("");
    who->peer = std::move(peer);
    return publish(one_event(tick(1)), lobby, who)->kind();
  };
  EXPECT_EQ(kind_from("[2001:db8:1:2::1]:80"), AnswerKind::accepted);
  EXPECT_EQ(kind_from("[2001:db8:1:2:9::7]:80"), AnswerKind::rate_limited);
  EXPECT_EQ(kind_from("[2001:db8:1:3::1]:80"), AnswerKind::accepted);
}

TEST(PublisherRates, ForgetWhoWasQuietTheLongest) {
  PublisherRates rates;
  const SteadyTime now{};
  MemberRights rights;
  rights.events_per_second = 1;
  const auto takes = [&](std::size_t who) {
    return !rates.of(lobby, std::to_string(who), rights).take(1, 0, now);
  };
  for (std::size_t i = 0; i < limits::publisher_rates_max; ++i) EXPECT_TRUE(takes(i));
  EXPECT_FALSE(takes(0));
  EXPECT_EQ(rates.size(), limits::publisher_rates_max);
  EXPECT_TRUE(takes(limits::publisher_rates_max));  // in the place of 1
  EXPECT_EQ(rates.size(), limits::publisher_rates_max);
  EXPECT_FALSE(takes(0));
  EXPECT_TRUE(takes(1));
  rights.events_per_second = 2;
  EXPECT_TRUE(takes(0));
  EXPECT_EQ(rates.size(), limits::publisher_rates_max);
}

/// Data that is checked word by word against a thousand.
class PublishersOfCheckedData : public Publishers {
 protected:
  PublishersOfCheckedData() : Publishers(1, with_schema()) {}
  static Schema words() {
    std::string schema = R"({"items":{"enum":["w0")";
    for (int i = 1; i < 1000; ++i) schema += fmt::format(R"(,"w{}")", i);
    return Schema::compile_guarded(schema + "]}}").value();
  }
  static ShardSettings with_schema() {
    ShardSettings settings;
    settings.data_schemas =
        std::make_shared<const DataSchemas>(std::vector<DataSchema>{{{Glob("t")}, words()}});
    return settings;
  }
  static std::string costly_data() {
    return fmt::format("[{}]", fmt::join(std::vector<std::string>(100, R"("w999")"), ","));
  }
  static std::string costly() {
    return fmt::format(R"({{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{}}})",
                       costly_data());
  }
  static std::size_t cost_in_steps() {
    Schema::Budget budget;
    EXPECT_THAT(words().check(costly_data(), 1, budget), IsEmpty());
    return limits::data_schema_steps_max - budget.steps;
  }
};

TEST_F(PublishersOfCheckedData, HaveOneBoundOfWorkForABatch) {
  const std::size_t most = limits::data_schema_steps_max / cost_in_steps();
  ASSERT_GT(most, 1U);
  ASSERT_LT(most, limits::batch_events_max);
  const auto told = publish(batch_of(std::vector<std::string>(most + 1, costly())));
  EXPECT_EQ(told->kind(), AnswerKind::rejected);
  EXPECT_THAT(told->body(), AllOf(StartsWith(R"({"reason":"data_schema_violation",)"),
                                  HasSubstr(R"("errors":[{"path":"/data","message":"The request's )"
                                            R"(bound of work is reached)"),
                                  HasSubstr(fmt::format(R"("index":{},)", most)),
                                  Not(HasSubstr(R"("index":0,)"))));
}

TEST_F(PublishersOfCheckedData, HaveOneBoundOfWorkForTheEventsOfABulletin) {
  const auto judge = [this](Schema::Budget& budget) {
    return judge_event(world_.shard(), costly(), KeepsOffsets::no, budget).has_value();
  };
  Schema::Budget enough{2 * cost_in_steps(), 0};
  EXPECT_TRUE(judge(enough));
  EXPECT_TRUE(judge(enough));
  EXPECT_FALSE(judge(enough));
  Schema::Budget less{2 * cost_in_steps() - 1, 0};
  EXPECT_TRUE(judge(less));
  EXPECT_FALSE(judge(less));
}

class PublishersWithHistory : public Publishers {
 protected:
  PublishersWithHistory() : Publishers(3, with_history_of_all()) {}
  static ShardSettings with_history_of_all() {
    ShardSettings settings;
    settings.history.rules = {{"events:*", 100, 5min, 1 << 20}};
    return settings;
  }
  std::string topic_ = world_.event_topic_at_home_on(2);
};

TEST_F(PublishersWithHistory, AreToldThePlacesOfTheirEvents) {
  Client ann(world_);
  ann.enters(topic_);
  EXPECT_THAT(publish(one_event(tick(1)), topic_)->body(),
              testing::MatchesRegex(R"(\{"accepted":1,"epoch":"[^"]+","offset":1\})"));
  EXPECT_THAT(publish(batch_of({tick(2), tick(1), tick(2)}), topic_)->body(),
              testing::MatchesRegex(R"(\{"accepted":3,"events":\[\{"epoch":"[^"]+","offset":2\},)"
                                    R"(\{"duplicate":true,"epoch":"[^"]+","offset":1\},)"
                                    R"(\{"duplicate":true,"epoch":"[^"]+","offset":2\}\]\})"));
  EXPECT_THAT(publish(one_event(tick(1)), topic_)->body(),
              StartsWith(R"({"accepted":1,"duplicate":true,"epoch":)"));
  EXPECT_THAT(ann.hears(), ElementsAre(cast(topic_, "cloudevent", tick(1)),
                                       cast(topic_, "cloudevent", tick(2))));
}

TEST_F(PublishersWithHistory, MayNotSetTheOffset) {
  const std::string event =
      R"({"specversion":"1.0","id":"1","source":"/s","type":"t","roostoffset":"1"})";
  const auto told = publish(one_event(event), topic_);
  EXPECT_EQ(told->kind(), AnswerKind::rejected);
  EXPECT_THAT(told->body(), HasSubstr(R"("path":"/roostoffset")"));
}

TEST_F(PublishersWithHistory, ReachMembersOfEveryShardInOneOrder) {
  Client here(world_, 0), there(world_, 1), home(world_, 2);
  for (Client* one : {&here, &there, &home}) one->enters(topic_);
  publish(batch_of({tick(1), tick(2), tick(3)}), topic_);
  for (Client* one : {&here, &there, &home})
    EXPECT_THAT(one->hears(), ElementsAre(cast(topic_, "cloudevent", tick(1)),
                                          cast(topic_, "cloudevent", tick(2)),
                                          cast(topic_, "cloudevent", tick(3))));
}

TEST_F(PublishersWithHistory, BelongToTheTopicsHome) {
  EXPECT_THROW(world_.shard(0).publications().begin({topic_, one_event(tick(1)), nullptr},
                                                    [](const PublicationAnswer&) {}),
               std::logic_error);
}

}  // namespace
}  // namespace roost::channel
