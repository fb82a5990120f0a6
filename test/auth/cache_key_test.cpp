#include "auth/cache_key.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace roost::auth {
namespace {

using Parts = std::vector<std::string>;

TopicPattern room_pattern() {
  return TopicPattern::parse("room:{room}:{seat}").value();
}

/// A question of which each part can be another one.
struct CacheableQuestion {
  std::array<Capture, 2> captures{{{"room", "7"}, {"seat", "1"}}};
  ConnectionInfo connection{};
  Question question{};

  CacheableQuestion() {
    question.topic = "room:7:1";
    question.event = "cloudevent";
    question.type = "com.example.x";
    question.payload = Payload::json("{}");
    connection.user = "ann";
    connection.token = "secret";
    connection.claims_json = R"({"sub":"ann"})";
    connection.headers = {{"origin", "https://a.example"}};
  }
  std::string key(const Parts& parts) {
    question.captures = captures;
    question.connection = std::make_shared<ConnectionInfo>(connection);
    return CacheKey::parse(parts, room_pattern()).value().of(question);
  }
};

template <class Change>
void expect_part(const std::string& part, Change&& change) {
  CacheableQuestion same, other;
  change(other);
  EXPECT_EQ(same.key({part}), CacheableQuestion().key({part}));
  EXPECT_NE(same.key({part}), other.key({part})) << part;
  const std::string elsewhere = part == "{seat}" ? "{room}" : "{seat}";
  EXPECT_EQ(same.key({elsewhere}), other.key({elsewhere})) << part;
}

TEST(CacheKeys, TellQuestionsApartByTheirParts) {
  expect_part("topic", [](auto& q) { q.question.topic = "room:8:1"; });
  expect_part("event", [](auto& q) { q.question.event = "other"; });
  expect_part("type", [](auto& q) { q.question.type = "com.example.y"; });
  expect_part("payload", [](auto& q) { q.question.payload = Payload::json("[]"); });
  expect_part("payload", [](auto& q) { q.question.payload = Payload::binary("{}"); });
  expect_part("user", [](auto& q) { q.connection.user = "ben"; });
  expect_part("token", [](auto& q) { q.connection.token = "secret2"; });
  expect_part("claims", [](auto& q) { q.connection.claims_json = "{}"; });
  expect_part("params", [](auto& q) { q.connection.params_json = R"({"a":"b"})"; });
  expect_part("headers", [](auto& q) { q.connection.headers[0].second = "https://b.example"; });
  expect_part("{room}", [](auto& q) { q.captures[0].value = "8"; });
  expect_part("{seat}", [](auto& q) { q.captures[1].value = "2"; });
}

TEST(CacheKeys, OfDifferentQuestionsAreNeverEqual) {
  CacheableQuestion join, publish;
  publish.question.kind = Question::Kind::publish;
  EXPECT_NE(join.key({"user"}), publish.key({"user"}));
}

TEST(CacheKeys, KnowWhereAPartEnds) {
  CacheableQuestion one, other;
  one.captures = {{{"room", "7"}, {"seat", "11"}}};
  other.captures = {{{"room", "71"}, {"seat", "1"}}};
  EXPECT_NE(one.key({"{room}", "{seat}"}), other.key({"{room}", "{seat}"}));
  one.connection.headers = {{"a", "1:b"}};
  other.connection.headers = {{"a", "1"}, {"b", ""}};
  EXPECT_NE(one.key({"headers"}), other.key({"headers"}));
}

TEST(CacheKeys, HoldNoToken) {
  CacheableQuestion question;
  EXPECT_EQ(question.key({"token"}).size(), 32U);
  EXPECT_EQ(question.key({"token"}).find("secret"), std::string::npos);
}

TEST(CacheKeys, AreMadeOfPartsThatThereAre) {
  const auto error = [](const Parts& parts) {
    const auto key = CacheKey::parse(parts, room_pattern());
    return key ? "" : key.error().message;
  };
  EXPECT_EQ(error({"user", "{room}"}), "");
  EXPECT_EQ(error({"{roam}"}), "the topic has no {roam}");
  EXPECT_EQ(error({"peer"}),
            "\"peer\" is none of topic, event, type, payload, user, claims, token, params, headers "
            "and the topic's {captures}");
}

}  // namespace
}  // namespace roost::auth
